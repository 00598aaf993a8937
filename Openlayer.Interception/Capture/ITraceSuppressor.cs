namespace Openlayer.Interception.Capture;

/// <summary>
/// Suppresses tracing while code of the application runs on the library's behalf (getters, converters), so that its calls to traced
/// services open no steps.
/// </summary>
internal interface ITraceSuppressor
{
    /// <summary>Suppresses tracing until the scope is disposed, which has to happen in the same method.</summary>
    SuppressionScope Suppress();

    /// <summary>Restores the context that was current before <see cref="Suppress"/>.</summary>
    /// <param name="previous">What the scope keeps.</param>
    void Restore(object? previous);
}
