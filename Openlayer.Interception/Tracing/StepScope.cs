namespace Openlayer.Interception;

/// <summary>A step that is open, and the ambient one, until this is disposed. Dispose it in the method that started it.</summary>
public sealed class StepScope : IDisposable
{
    private readonly OpenlayerTracer _tracer;
    private readonly Step? _previous;
    private int _disposed;

    internal StepScope(OpenlayerTracer tracer, Step step, Step? previous)
    {
        _tracer = tracer;
        _previous = previous;
        Step = step;
    }

    /// <summary>The step. Never null: where nothing is traced it is one that is not published.</summary>
    public Step Step { get; }

    /// <summary>Ends the step; the ambient step is again what it was before. Disposing twice does nothing more. Never throws.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _tracer.Ambient.Current = _previous;
            Step.End();
        }
    }
}
