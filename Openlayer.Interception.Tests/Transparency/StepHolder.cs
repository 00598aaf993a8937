namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Passes the step of a call to its caller.</summary>
public sealed class StepHolder
{
    internal Step? Step { get; set; }
}
