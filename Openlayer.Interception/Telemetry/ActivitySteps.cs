using System.Diagnostics;
using System.Runtime.CompilerServices;
using Openlayer.Interception.ModelClients.Functions;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// Opens steps for the spans of other libraries. Those of function-invoking clients are a loop around requests and tool calls, and each tool
/// call: such a client takes the source of its spans from the client below it, so a traced client answers with <see cref="Source"/>. The spans
/// of the sources in <see cref="ActivityOptions"/> are steps by their attributes. Thread-safe.
/// </summary>
/// <remarks>
/// A span without another listener is never <see cref="Activity.Current"/>, unless it is an agent's: the application's own spans, logs and
/// requests are as if it did not exist.
/// </remarks>
internal sealed class ActivitySteps : IDisposable
{
    private const string Loop = "orchestrate_tools";
    private const string Call = "execute_tool ";
    private const string LoopName = "IChatClient.GetResponseAsync";

    private static readonly string[] FunctionSources = ["Experimental.Microsoft.Extensions.AI", "Experimental.Microsoft.Agents.AI"];

    // Weak, because a listener that is not disposed stays registered in the process.
    private readonly WeakReference<StepSource> _steps;
    private readonly Lazy<ActivityListener> _listener;
    private readonly ActivitySource _source = new(StepTelemetry.SourceName);
    private readonly ConditionalWeakTable<Activity, OpenSpan> _open = [];
    private readonly ObservedSources _sources;

    public ActivitySteps(StepSource steps)
    {
        _steps = new(steps);
        _sources = new ObservedSources(steps.Settings.Activities, steps.Log);
        _listener = new(Listen);
        if (!_sources.AreNone)
        {
            Observe();
        }
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
            ShouldListenTo = source => ReferenceEquals(source, _source) || IsOfFunctions(source) || _sources.Contain(source),
            Sample = Sample,
            SampleUsingParentId = Sample,
            ActivityStarted = OnStarted,
            ActivityStopped = OnStopped,
        };
        Activity.CurrentChanged += OnCurrentChanged;
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static bool IsOfFunctions(ActivitySource source) =>
        Array.Exists(FunctionSources, name => source.Name.StartsWith(name, StringComparison.Ordinal));

    private ActivitySamplingResult Sample<T>(ref ActivityCreationOptions<T> options)
    {
        if (Steps() is not { } steps)
        {
            return ActivitySamplingResult.None;
        }

        // The least that makes a span exist. The data of functions are read elsewhere, so the client does not collect them for this class.
        if (IsFunction(options.Source, options.Name))
        {
            return IsRecorded(steps, options.Name) ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.None;
        }

        return IsRecorded(steps, options.Source) && !SpanReader.IsSame(steps.Ambient.Current!.Step!, options.Source, options.Name)
            ? ActivitySamplingResult.AllData
            : ActivitySamplingResult.None;
    }

    // Other libraries call tools, too.
    private bool IsFunction(ActivitySource source, string name) =>
        (name == Loop || (name.StartsWith(Call, StringComparison.Ordinal) && FunctionInvocation.Current is not null))
        && (ReferenceEquals(source, _source) || IsOfFunctions(source) || _sources.Contain(source));

    // The step of a span of another library. A span never starts a trace, nor makes one of a loop that may be another tracer's.
    private bool IsRecorded(StepSource steps, ActivitySource source) =>
        steps.IsEnabled && _sources.Contain(source) && steps.Ambient.Current is { IsSuppressed: false, Step.Trace: { IsComplete: false, IsTentative: false } };

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

        if (parent is { IsSuppressed: true })
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
            var previous = steps.Ambient.Current;
            var isFunction = IsFunction(activity.Source, activity.OperationName);
            if (isFunction)
            {
                // The step that opens takes the ids of the application's own activity.
                Hide(activity, activity.Parent, isFunction: true);
            }

            if (Open(steps, activity, previous, isFunction) is { } span)
            {
                _open.Add(activity, span);
                if (!isFunction)
                {
                    Hide(activity, activity.Parent, isFunction: false);
                }

                if (IsReportedElsewhere(activity, isFunction) && span.Step is { } step)
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

    // A stream's code makes its span current again after each item, because it has lost it, as it has lost the ambient step.
    private void OnCurrentChanged(object? sender, ActivityChangedEventArgs change)
    {
        if (change.Current is not { IsStopped: false } activity || change.Previous is { IsStopped: true })
        {
            return;
        }

        if (_open.TryGetValue(activity, out var span))
        {
            if (Steps() is { } steps)
            {
                steps.Ambient.Current = span.Context;
                Hide(activity, change.Previous, isFunction: !span.IsRead);
            }
        }
        else if (activity.OperationName == Loop && IsFunction(activity.Source, Loop))
        {
            // A loop that has a step already.
            Hide(activity, change.Previous, isFunction: true);
        }
    }

    private OpenSpan? Open(StepSource steps, Activity activity, StepContext? parent, bool isFunction)
    {
        if (!isFunction)
        {
            return IsRecorded(steps, activity.Source) ? OpenOther(steps, activity, parent!) : null;
        }

        return !IsRecorded(steps, activity.OperationName) ? null
            : activity.OperationName == Loop ? OpenLoop(steps, parent)
            : OpenCall(steps, parent!);
    }

    private static OpenSpan? OpenOther(StepSource steps, Activity activity, StepContext parent)
    {
        // The application's telemetry has a span for the work of a step that has none of its own.
        if (parent.Step is { } outer && SpanReader.IsSame(outer, activity.Source, activity.OperationName))
        {
            outer.Span ??= activity.Recorded ? activity : null;
            return null;
        }

        var type = SpanReader.TypeOf(activity.Source, activity.OperationName);
        var context = steps.Open(parent, SpanReader.NameOf(activity.OperationName), type, isCall: false, out var step);
        if (step is ModelStep request)
        {
            // One request is one step, also if a proxy above or below records it.
            request.ClientCall = activity.OperationName;
            request.IsNamedAfterProvider = true;
            request.Trace.HasModelLayers = true;
        }
        else if (step is AgentStep run)
        {
            run.IsRun = true;
        }

        return step is null ? null : new OpenSpan(parent, context, step, call: null) { IsRead = true };
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

    private static void Hide(Activity activity, Activity? previous, bool isFunction)
    {
        // Another tracer can have hidden it already, and started its own span. An agent writes to the current span.
        if (!IsReportedElsewhere(activity, isFunction) && !SpanReader.IsOfAgents(activity.Source) && ReferenceEquals(Activity.Current, activity))
        {
            Activity.Current = previous;
        }
    }

    // Somebody else who listens gets all data of functions, and records other spans.
    private static bool IsReportedElsewhere(Activity activity, bool isFunction) => isFunction ? activity.IsAllDataRequested : activity.Recorded;

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

        /// <summary>Whether the step's values are the span's attributes.</summary>
        public bool IsRead { get; init; }

        public void End(Activity activity)
        {
            if (!ReferenceEquals(context, previous))
            {
                context.EndSuppression();
            }

            if (step is not null && IsRead)
            {
                SpanReader.ReadTo(step, activity);
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
