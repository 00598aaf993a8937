using System.Diagnostics.Metrics;
using System.Globalization;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Counts the HTTP requests by which an SDK retries a request to a model. The metrics of <see cref="HttpClient"/> are recorded in the context
/// of the request, so its step is the ambient one. Thread-safe.
/// </summary>
internal sealed class RequestAttempts : IDisposable
{
    // Weak, because a listener that is not disposed stays registered in the process.
    private readonly WeakReference<StepSource> _steps;
    private readonly Lazy<MeterListener> _listener;

    public RequestAttempts(StepSource steps)
    {
        _steps = new(steps);
        _listener = new(Listen);
    }

    /// <summary>Starts counting. Until then the metrics stay disabled.</summary>
    public void Observe() => _ = _listener.Value;

    public void Dispose()
    {
        if (_listener.IsValueCreated)
        {
            _listener.Value.Dispose();
        }
    }

    private MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "System.Net.Http" && instrument.Name is "http.client.active_requests" or "http.client.request.duration")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, change, _, _) => Notify(listener, change > 0, static step => step.AttemptStarted()));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Notify(listener, IsRetried(tags), static step => step.AttemptFailed()));
        listener.Start();
        return listener;
    }

    private void Notify(MeterListener listener, bool isRelevant, Action<ModelStep> notify)
    {
        if (!_steps.TryGetTarget(out var steps))
        {
            listener.Dispose();
            return;
        }

        try
        {
            if (isRelevant && steps.Ambient.Current?.Step is ModelStep { ClientCall: not null } step)
            {
                notify(step);
            }
        }
        catch (Exception exception)
        {
            steps.Log.Report(ModelClientEvents.AttemptsNotCounted, exception);
        }
    }

    // SDKs retry if there is no response, and after these status codes.
    private static bool IsRetried(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (name, value) in tags)
        {
            if (name == "http.response.status_code")
            {
                return Convert.ToInt32(value, CultureInfo.InvariantCulture) is 408 or 409 or 429 or >= 500;
            }
        }

        return true;
    }
}
