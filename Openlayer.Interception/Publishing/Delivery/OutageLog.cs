using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Logs one message when a pause begins, with its cause, and one when it is over, with counts. Thread-safe.</summary>
internal sealed class OutageLog(OpenlayerSettings settings, PublishingContext context, DeliveryMeter meter)
{
    private readonly object _gate = new();
    private Outage? _outage;

    /// <summary>Logs the cause, unless it was logged in this outage already.</summary>
    public void Begin(SendOutcome outcome)
    {
        var isMisconfigured = outcome.Result == SendResult.Misconfigured;
        lock (_gate)
        {
            if (_outage is { } current && (current.IsMisconfigured || !isMisconfigured))
            {
                return;
            }

            _outage = new Outage(
                isMisconfigured,
                _outage?.Began ?? settings.TimeProvider.GetTimestamp(),
                _outage?.Buffered ?? meter.Buffered.Count,
                _outage?.Failed ?? meter.Failed.Count,
                _outage?.Dropped ?? meter.Dropped.Count);
        }

        if (isMisconfigured)
        {
            context.Log(DeliveryEvents.Misconfigured, FailureCause.Describe(outcome.Reason), outcome.Options, settings.CircuitBreakDuration);
        }
        else
        {
            context.Log(DeliveryEvents.OutageBegan, FailureCause.Describe(outcome.Reason), settings.CircuitBreakDuration);
        }
    }

    /// <summary>Logs the end of the outage, if there is one.</summary>
    public void End()
    {
        Outage outage;
        lock (_gate)
        {
            if (_outage is null)
            {
                return;
            }

            outage = _outage;
            _outage = null;
        }

        context.Log(
            DeliveryEvents.OutageEnded,
            TimeSpan.FromSeconds(Math.Round(settings.TimeProvider.GetElapsedTime(outage.Began).TotalSeconds, 1)),
            meter.Buffered.Count - outage.Buffered,
            meter.Failed.Count - outage.Failed,
            meter.Dropped.Count - outage.Dropped);
    }

    /// <summary>When it began, and what the meter had counted by then.</summary>
    private sealed record Outage(bool IsMisconfigured, long Began, long Buffered, long Failed, long Dropped);
}
