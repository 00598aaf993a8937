using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Counts the outcomes of traces, as the meter <c>Openlayer.Interception</c>. Feedback counts as a trace and as a row. Thread-safe.</summary>
internal sealed class DeliveryMeter : IDisposable
{
    public const string Name = "Openlayer.Interception";

    private readonly Meter _meter = new(Name, typeof(DeliveryMeter).Assembly.GetName().Version?.ToString(3));
    private readonly Histogram<double> _requestDuration;
    private Func<int>? _queueLength;

    public DeliveryMeter()
    {
        Completed = Counter("openlayer.traces.completed", "Traces that were completed while sending to Openlayer is on.");
        Sent = Counter("openlayer.traces.sent", "Rows that Openlayer has acknowledged, including those of the offline buffer.");
        Failed = Counter("openlayer.traces.failed", "Rows that failed: refused, or not acknowledged in the number of tries or in time. OnFlushFailure is called with them.");
        Dropped = Counter("openlayer.traces.dropped", "Rows that were dropped because there was no room, or because the tracer was disposed.");
        Buffered = Counter("openlayer.traces.buffered", "Rows that were written to the offline buffer because they could not be sent.");
        Replayed = Counter("openlayer.traces.replayed", "Rows of the offline buffer that Openlayer has acknowledged.");
        NotSent = Counter("openlayer.traces.not_sent", "Traces that were not sent because no API key or no pipeline is set.");
        AttachmentsUploaded = Counter("openlayer.attachments.uploaded", "Attachments that were uploaded. Equal ones are uploaded once.", "{attachment}");
        AttachmentsFailed = Counter("openlayer.attachments.failed", "Attachments that were not uploaded before their row was sent.", "{attachment}");
        _meter.CreateObservableUpDownCounter("openlayer.queue.length", () => _queueLength?.Invoke() ?? 0, "{trace}", "Traces that wait to be sent.");
        _requestDuration = _meter.CreateHistogram<double>("openlayer.client.request.duration", "s", "How long requests to Openlayer took.");
    }

    public Meter Source => _meter;

    public DeliveryCounter Completed { get; }

    public DeliveryCounter Sent { get; }

    public DeliveryCounter Failed { get; }

    public DeliveryCounter Dropped { get; }

    public DeliveryCounter Buffered { get; }

    public DeliveryCounter Replayed { get; }

    public DeliveryCounter NotSent { get; }

    public DeliveryCounter AttachmentsUploaded { get; }

    public DeliveryCounter AttachmentsFailed { get; }

    /// <summary>Sets where the length of the queue is read.</summary>
    public void Observe(Func<int> queueLength) => _queueLength = queueLength;

    /// <param name="method">The method of the request.</param>
    /// <param name="duration">How long it took.</param>
    /// <param name="status">The status of the answer. Zero if there was none.</param>
    /// <param name="error">The type of the exception. Null if there was an answer.</param>
    public void RequestEnded(HttpMethod method, TimeSpan duration, int status, string? error)
    {
        if (!_requestDuration.Enabled)
        {
            return;
        }

        var tags = new TagList { { "http.request.method", method.Method } };
        if (status > 0)
        {
            tags.Add("http.response.status_code", status);
        }

        if (error is not null || status >= 400)
        {
            tags.Add("error.type", error ?? status.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        _requestDuration.Record(duration.TotalSeconds, tags);
    }

    public void Dispose() => _meter.Dispose();

    private DeliveryCounter Counter(string name, string description, string unit = "{trace}") => new(_meter.CreateCounter<long>(name, unit, description));
}
