using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>Keeps a step open and ambient until it is disposed. Dispose it in the method that started the step. Members do not throw.</summary>
public sealed class StepScope : IDisposable
{
    private readonly StepSource _steps;
    private readonly StepContext _context;
    private readonly StepContext? _previous;
    private int _disposed;

    private StepScope(StepSource steps, StepContext context, Step step, StepContext? previous)
    {
        _steps = steps;
        _context = context;
        _previous = previous;
        Step = step;
    }

    /// <summary>The step. Never null: if the code is not traced, it is a step that is not published.</summary>
    public Step Step { get; }

    internal static StepScope Open(StepSource steps, string name, StepType type, bool isCall = false, string? inferencePipelineId = null)
    {
        var previous = steps.Ambient.Current;
        Step? step = null;
        StepContext? context = null;
        try
        {
            name = steps.Capture.CaptureName(name);
            context = steps.IsEnabled ? steps.Open(previous, name, type, isCall, out step) : null;
            step?.SetPipelineOfRoot(inferencePipelineId);
        }
        catch (Exception exception)
        {
            steps.Log.Report(TracingEvents.StepNotOpened, exception);
        }

        context ??= StepContext.Suppressed();
        steps.EnterScope(context, step);
        return new StepScope(steps, context, step ?? steps.OpenUnrecorded(name, type), previous);
    }

    /// <summary>Opens a step that is recorded from data, without a span.</summary>
    internal static StepScope OpenRecorded(StepSource steps, RecordedStep recorded, StepType type)
    {
        var previous = steps.Ambient.Current;
        Step? step = null;
        StepContext? context = null;
        var name = recorded.Name;
        try
        {
            name = steps.Capture.CaptureName(name);
            context = steps.IsEnabled ? steps.Open(recorded.IsRoot ? null : previous, name, type, isCall: false, out step) : null;
            if (step is not null)
            {
                var (start, end) = recorded.TimesAt(steps.TimeProvider.GetUtcNow());
                step.SetRecorded(recorded.Id, start, end);
                step.SetPipelineOfRoot(recorded.InferencePipelineId);
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(TracingEvents.StepNotOpened, exception);
        }

        context ??= StepContext.Suppressed();
        steps.Ambient.Current = context;
        return new StepScope(steps, context, step ?? steps.OpenUnrecorded(name, type), previous);
    }

    /// <summary>Records an exception that leaves the scope. For an exception filter: the stack is not yet unwound. Never throws.</summary>
    /// <returns>False: the exception is not caught.</returns>
    internal bool RecordFailure(Exception exception)
    {
        try
        {
            Step.RecordException(exception);
        }
        catch (Exception failure)
        {
            _steps.Log.Report(TracingEvents.StepNotEnded, failure);
        }

        return false;
    }

    /// <summary>Records the result as the output, unless the step has one. Never throws.</summary>
    internal void RecordResult<TResult>(TResult result)
    {
        if (_steps.Settings.Capture.Outputs)
        {
            Step.SetCapturedOutput(_steps.Capture.Capture(result));
        }
    }

    /// <summary>
    /// Ends the step and restores the previous ambient step. If a scope that was opened later is still open, its step stays the ambient one.
    /// Further calls do nothing. Never throws.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _steps.Ambient.LeaveScope(_context, _previous);
            if (!ReferenceEquals(_context, _previous))
            {
                _context.EndSuppression();
            }

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
