namespace Openlayer.Interception.Capture;

/// <summary>Tracing is suppressed until this is disposed. See <see cref="ITraceSuppressor.Suppress"/>.</summary>
internal readonly ref struct SuppressionScope(ITraceSuppressor suppressor, object? previous)
{
    /// <summary>What <see cref="ITraceSuppressor.Restore"/> takes.</summary>
    public object? Previous => previous;

    // A default scope suppresses nothing.
    public void Dispose() => suppressor?.Restore(previous);
}
