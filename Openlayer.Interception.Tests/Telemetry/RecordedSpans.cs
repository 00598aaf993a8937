using System.Collections.Concurrent;
using System.Diagnostics;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>
/// A request of a service, as ASP.NET Core opens one, and the spans below it. Other tests run meanwhile, so only the spans of this request are
/// sampled. <see cref="Activity.Current"/> is the request until it is disposed.
/// </summary>
internal sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public RecordedSpans(params string[] sources)
    {
        string[] observed = ["Openlayer.Interception", .. sources];
        Request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var traceId = Request.TraceId;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => observed.Contains(source.Name),
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == traceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.TraceId == traceId)
                {
                    _spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public Activity Request { get; }

    /// <summary>The spans that have ended, in that order.</summary>
    public Activity[] Ended => [.. _spans];

    /// <summary>The tree of the spans that have ended: <c>request(first, second(third))</c>, in the order in which they started.</summary>
    public string Tree => Of(Request);

    public Activity Named(string name) => Assert.Single(Ended, span => span.DisplayName == name);

    public void Dispose()
    {
        Request.Dispose();
        _listener.Dispose();
    }

    private string Of(Activity span)
    {
        var children = Ended.Where(child => child.ParentSpanId == span.SpanId).OrderBy(static child => child.StartTimeUtc).Select(Of).ToArray();
        return children.Length == 0 ? span.DisplayName : $"{span.DisplayName}({string.Join(", ", children)})";
    }
}
