using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Logs failed rows by cause: the first immediately, then a count at most once a minute. Thread-safe.</summary>
internal sealed class LossLog(OpenlayerSettings settings, PublishingContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();

    // Bounded: a cause is one of the sentences of FailureCause.
    private readonly Dictionary<string, Losses> _causes = [];

    public void Add(string cause, long count)
    {
        lock (_gate)
        {
            if (!_causes.TryGetValue(cause, out var losses))
            {
                _causes.Add(cause, losses = new Losses());
            }

            losses.Unlogged += count;
            if (losses.LoggedAt is { } loggedAt && settings.TimeProvider.GetElapsedTime(loggedAt) < Interval)
            {
                return;
            }

            count = losses.Unlogged;
            losses.Unlogged = 0;
            losses.LoggedAt = settings.TimeProvider.GetTimestamp();
        }

        context.Log(DeliveryEvents.RowsFailed, count, cause);
    }

    /// <summary>Logs the losses not logged yet.</summary>
    public void LogRest()
    {
        KeyValuePair<string, Losses>[] rest;
        lock (_gate)
        {
            rest = [.. _causes.Where(static cause => cause.Value.Unlogged > 0)];
            _causes.Clear();
        }

        foreach (var (cause, losses) in rest)
        {
            context.Log(DeliveryEvents.RowsFailed, losses.Unlogged, cause);
        }
    }

    private sealed class Losses
    {
        public long Unlogged { get; set; }

        public long? LoggedAt { get; set; }
    }
}
