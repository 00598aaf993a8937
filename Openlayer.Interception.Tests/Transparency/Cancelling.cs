namespace Openlayer.Interception.Tests.Transparency;

/// <summary>When the caller cancels its token.</summary>
public enum Cancelling
{
    Never,
    Before,
    During,
    After,
}
