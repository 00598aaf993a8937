using System.Diagnostics;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// Reports steps to OpenTelemetry: a step is a span of the activity source <c>Openlayer.Interception</c>, and a request to a model is a
/// measurement of the meter of that name. A request that another library reports already gets no second span.
/// </summary>
/// <param name="hasContent">Whether spans carry inputs and outputs.</param>
/// <param name="log">The library's log.</param>
internal sealed class StepTelemetry(bool hasContent, InternalLog log) : IStepTelemetry
{
    public const string SourceName = "Openlayer.Interception";

    private static readonly ActivitySource Source = new(SourceName, typeof(StepTelemetry).Assembly.GetName().Version?.ToString(3));

    public bool IsObserved => Source.HasListeners() || RequestMetrics.AreObserved;

    public void Started(Step step, in ActivityContext continued)
    {
        try
        {
            step.IsObserved = true;
            if (step is ModelStep request && !BecomesReporter(request))
            {
                return;
            }

            if (Source.HasListeners())
            {
                // An activity that runs is nearer than what the code continues from.
                var parent = Activity.Current is { IsStopped: false } ? default : continued;
                step.Span = Source.StartActivity(
                    SpanNames.KindOf(step), parent, SpanAttributes.AtStart(step), links: null, step.StartTime, SpanNames.Of(step));
                AddIds(step);
            }
        }
        catch (Exception exception)
        {
            log.Report(TelemetryEvents.SpanNotStarted, exception);
        }
    }

    public void Ended(Step step)
    {
        try
        {
            if (step is ModelStep { IsReporter: true } request)
            {
                RequestMetrics.Record(request);
            }

            if (step.Span is { IsStopped: false } span && ReferenceEquals(span.Source, Source))
            {
                SpanAttributes.SetAtEnd(span, step, hasContent);
                Stop(span, step);
            }
        }
        catch (Exception exception)
        {
            log.Report(TelemetryEvents.SpanNotEnded, exception);
        }
    }

    // One request to a model has one span: not that of a layer, whose requests are reported below it, nor another one within the request.
    private static bool BecomesReporter(ModelStep request)
    {
        if (request.IsLayer || request.IsReportedElsewhere || request.IsInReportedRequest)
        {
            return false;
        }

        if (ForeignSpan.Claim(Activity.Current, Source) is { } span)
        {
            request.Span = span;
            request.IsReportedElsewhere = true;
            return false;
        }

        request.IsReporter = true;
        return true;
    }

    // The ids of a trace that was opened outside any activity are those of its root's span.
    private static void AddIds(Step step)
    {
        if (step.Span is { } span && ReferenceEquals(step.Trace.Root, step) && step.Trace.Origin is { Activity: not { SpanId: not null } } origin)
        {
            origin.Activity = new ActivityIds(span.TraceId.ToHexString(), span.SpanId.ToHexString(), origin.Activity?.RemoteParentSpanId);
        }
    }

    // Stopping a span makes its parent current. The code that runs now may have another one.
    private static void Stop(Activity span, Step step)
    {
        var current = Activity.Current;
        span.SetEndTime((step.EndTime ?? step.StartTime).UtcDateTime);
        span.Stop();
        if (!ReferenceEquals(Activity.Current, current) && current is not { IsStopped: true })
        {
            Activity.Current = current;
        }
    }
}
