using System.Diagnostics;
using System.Runtime.CompilerServices;
using Openlayer.Interception.ModelClients.Functions;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// Opens steps for the spans of function-invoking clients: a loop around requests and tool calls, and each tool call. Such a client takes the
/// source of its spans from the client below it, so a traced client answers with <see cref="Source"/>. Thread-safe.
/// </summary>
/// <remarks>
/// A span that nobody but this class listens to is never <see cref="Activity.Current"/>: the application's own spans, logs and requests are as
/// if it did not exist.
/// </remarks>
internal sealed class FunctionSpans : IDisposable
{
    public const string SourceName = "Openlayer.Interception";

    private const string Loop = "orchestrate_tools";
    private const string Call = "execute_tool ";
    private const string LoopName = "IChatClient.GetResponseAsync";

    // The names of their spans are known, so no other spans are created.
    private static readonly string[] OtherSources = ["Experimental.Microsoft.Extensions.AI", "Experimental.Microsoft.Agents.AI"];

    // Weak, because a listener that is not disposed stays registered in the process.
    private readonly WeakReference<StepSource> _steps;
    private readonly Lazy<ActivityListener> _listener;
    private readonly ActivitySource _source = new(SourceName);
    private readonly ConditionalWeakTable<Activity, OpenSpan> _open = [];

    public FunctionSpans(StepSource steps)
    {
        _steps = new(steps);
        _listener = new(Listen);
    }

    /// <summary>The source of the spans of clients that have no source of their own.</summary>
    public ActivitySource Source => _source;

    /// <summary>Starts listening. Until then the spans are not created.</summary>
    public void Observe() => _ = _listener.Value;

    public void Dispose()
    {
        if (_listener.IsValueCreated)
        {
            Activity.CurrentChanged -= OnCurrentChanged;
            _listener.Value.Dispose();
        }

        _source.Dispose();
    }

    private ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => ReferenceEquals(source, _source)
                || Array.Exists(OtherSources, name => source.Name.StartsWith(name, StringComparison.Ordinal)),
            Sample = Sample,
            SampleUsingParentId = Sample,
            ActivityStarted = OnStarted,
            ActivityStopped = OnStopped,
        };
        Activity.CurrentChanged += OnCurrentChanged;
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    // The least that makes a span exist. Its data are read elsewhere, so the client does not collect them for this class.
    private ActivitySamplingResult Sample<T>(ref ActivityCreationOptions<T> options) =>
        Steps() is { } steps && IsRecorded(steps, options.Name) ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None;

    private static bool IsRecorded(StepSource steps, string name)
    {
        if (!steps.IsEnabled)
        {
            return false;
        }

        var parent = steps.Ambient.Current;
        if (name.StartsWith(Call, StringComparison.Ordinal))
        {
            return FunctionCall.CanOpen(steps, parent);
        }

        if (name != Loop || parent is { IsSuppressed: true })
        {
            return false;
        }

        // A traced client or agent around the loop is the step of the loop.
        return StepSource.IsOutsideTraces(parent)
            ? steps.Settings.TraceOrphanModelCalls
            : parent!.Step is not (ModelStep { ClientCall: not null } or AgentStep { IsRun: true });
    }

    private void OnStarted(Activity activity)
    {
        if (Steps() is not { } steps)
        {
            return;
        }

        try
        {
            if (!IsRecorded(steps, activity.OperationName))
            {
                return;
            }

            // The step that opens takes the ids of the application's own activity.
            Hide(activity, activity.Parent);
            var previous = steps.Ambient.Current;
            if ((activity.OperationName == Loop ? OpenLoop(steps, previous) : OpenCall(steps, previous!)) is { } span)
            {
                _open.Add(activity, span);
                Hide(activity, activity.Parent);
                if (activity.IsAllDataRequested && span.Step is { } step)
                {
                    step.Span = activity;
                    steps.Ambient.Current = span.Context;
                }
                else
                {
                    // A trace of another tracer's client is not reported.
                    steps.EnterScope(span.Context, span.Step is { Trace.IsTentative: false } reported ? reported : null);
                }
            }
            else
            {
                Hide(activity, activity.Parent);
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(TelemetryEvents.SpanNotRecorded, exception);
        }
    }

    private void OnStopped(Activity activity)
    {
        if (!_open.TryGetValue(activity, out var span) || Steps() is not { } steps)
        {
            return;
        }

        try
        {
            _open.Remove(activity);
            if (ReferenceEquals(steps.Ambient.Current, span.Context))
            {
                steps.Ambient.Current = span.Previous;
            }

            span.End(activity);
        }
        catch (Exception exception)
        {
            steps.Log.Report(TelemetryEvents.SpanNotRecorded, exception);
        }
    }

    // A stream's code makes the loop's span current again after each item, because it has lost it, as it has lost the ambient step.
    private void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
    {
        if (change.Current is { OperationName: Loop, IsStopped: false } activity
            && change.Previous is not { IsStopped: true }
            && _open.TryGetValue(activity, out var span)
            && Steps() is { } steps)
        {
            steps.Ambient.Current = span.Context;
            Hide(activity, change.Previous);
        }
    }

    private static OpenSpan OpenLoop(StepSource steps, StepContext? parent)
    {
        var context = steps.Open(parent, LoopName, StepType.ChatCompletion, isCall: false, out var step);
        if (step is ModelStep loop)
        {
            loop.ClientCall = LoopName;
            loop.IsLayer = true;
            loop.IsLoop = true;
            loop.Trace.HasModelLayers = true;

            // The client below a layer with a source of its own may not be traced.
            loop.Trace.IsTentative |= ReferenceEquals(loop.Trace.Root, loop);
        }

        return new OpenSpan(parent, context, step, call: null);
    }

    private static OpenSpan? OpenCall(StepSource steps, StepContext parent) =>
        FunctionInvocation.Current is { } invocation && FunctionCall.Open(steps, invocation, parent) is { } call
            ? new OpenSpan(parent, call.Step.Context, call.Step, call)
            : null;

    // Somebody who listens gets all data.
    private static void Hide(Activity activity, Activity? previous)
    {
        if (!activity.IsAllDataRequested)
        {
            Activity.Current = previous;
        }
    }

    private StepSource? Steps()
    {
        if (_steps.TryGetTarget(out var steps))
        {
            return steps;
        }

        // Nobody will dispose it.
        Dispose();
        return null;
    }

    /// <summary>A span that has not ended.</summary>
    /// <param name="previous">The ambient context before it.</param>
    /// <param name="context">The ambient context during it.</param>
    /// <param name="step">The step. Null if it is not recorded.</param>
    /// <param name="call">The call of a tool. Null for a loop.</param>
    private sealed class OpenSpan(StepContext? previous, StepContext context, Step? step, FunctionCall? call)
    {
        public StepContext? Previous => previous;

        public StepContext Context => context;

        public Step? Step => step;

        public void End(Activity activity)
        {
            if (!ReferenceEquals(context, previous))
            {
                context.EndSuppression();
            }

            if (call is not null)
            {
                call.Returned(activity.Status == ActivityStatusCode.Error ? activity.StatusDescription : null);
            }
            else
            {
                step?.End();
            }
        }
    }
}
