namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The time at which the caller cancels its token.</summary>
public enum Cancelling
{
    Never,
    Before,
    During,
    After,
}
