using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>A step that is open, and the ambient one, until this is disposed. Dispose it in the method that started it.</summary>
public sealed class StepScope : IDisposable
{
    private readonly StepSource _steps;
    private readonly Step? _previous;
    private int _disposed;

    private StepScope(StepSource steps, Step step, Step? previous)
    {
        _steps = steps;
        _previous = previous;
        Step = step;
    }

    /// <summary>The step. Never null: if nothing is traced it is one that is not published.</summary>
    public Step Step { get; }

    internal static StepScope Open(StepSource steps, string name, StepType type, bool isCall = false)
    {
        var previous = steps.Ambient.Current;
        Step step;
        Step? unrecorded = null;
        try
        {
            step = steps.IsEnabled ? steps.Open(previous, name, type, isCall) : steps.SuppressedStep;
            unrecorded = ReferenceEquals(step, steps.SuppressedStep) ? steps.OpenUnrecorded(name, type) : null;
        }
        catch (Exception exception)
        {
            steps.Log.Report(TracingEvents.StepNotOpened, exception);
            step = steps.SuppressedStep;
        }

        steps.Ambient.Current = step;
        return new StepScope(steps, unrecorded ?? step, previous);
    }

    /// <summary>Ends the step; the ambient step is again what it was before. Disposing twice does nothing more. Never throws.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _steps.Ambient.Current = _previous;
            try
            {
                Step.End();
            }
            catch (Exception exception)
            {
                _steps.Log.Report(TracingEvents.StepNotEnded, exception);
            }
        }
    }
}
