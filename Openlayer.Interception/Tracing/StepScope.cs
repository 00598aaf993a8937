using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>Keeps a step open and ambient until it is disposed. Dispose it in the method that started the step. Members do not throw.</summary>
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

    /// <summary>The step. Never null: if the code is not traced, it is a step that is not published.</summary>
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

    /// <summary>Ends the step and restores the previous ambient step. Further calls do nothing. Never throws.</summary>
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
