using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Counts failed rows and passes each to the trace's own callback, else to that of the options. One call at a time. A callback that does not
/// return in time is left behind, and not called again until it has returned. Thread-safe.
/// </summary>
internal sealed class FailureCallback(OpenlayerSettings settings, PublishingContext context, DeliveryMeter meter, InternalLog log)
{
    // By the real clock, for the rows of one request.
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(5);

    private int _isCalling;

    /// <summary>Counts the rows and passes them to their callbacks, and waits until these return or the time is over.</summary>
    /// <param name="rows">The rows; each has a <see cref="PendingRow.LastFailure"/>.</param>
    /// <param name="replacement">Called in place of the rows' own callbacks and that of the options.</param>
    /// <param name="maxTime">The time limit. Default: 5 seconds.</param>
    /// <param name="cancellationToken">Ends the wait earlier.</param>
    public async Task InvokeAsync(
        IReadOnlyList<PendingRow> rows,
        Action<FlushFailure>? replacement = null,
        TimeSpan? maxTime = null,
        CancellationToken cancellationToken = default)
    {
        meter.Failed.Add(rows.Count);
        var calls = rows
            .Select(row => (Row: row, Callback: replacement ?? row.OnFailure ?? settings.OnFlushFailure))
            .Where(static call => call.Callback is not null)
            .ToArray();
        if (calls.Length == 0)
        {
            return;
        }

        if (Interlocked.Exchange(ref _isCalling, 1) == 1)
        {
            log.Report(DeliveryEvents.CallbackTimedOut, cause: MaxTime);
            return;
        }

        // On the pool: a callback may block its thread.
        var calling = Task.Run(
            () =>
            {
                try
                {
                    context.Enter();
                    foreach (var (row, callback) in calls)
                    {
                        Invoke(row, callback!);
                    }
                }
                finally
                {
                    Volatile.Write(ref _isCalling, 0);
                }
            },
            CancellationToken.None);
        if (await Task.WhenAny(calling, Task.Delay(maxTime ?? MaxTime, cancellationToken)).ConfigureAwait(false) != calling)
        {
            log.Report(DeliveryEvents.CallbackTimedOut, cause: MaxTime);
        }
    }

    private void Invoke(PendingRow row, Action<FlushFailure> callback)
    {
        try
        {
            using var inside = context.EnterCallback();
            callback(new FlushFailure(row.Json, row.Target.Config, row.LastFailure!, row.Target.UpdatedId));
        }
        catch (Exception exception)
        {
            log.Report(DeliveryEvents.CallbackFailed, exception);
        }
    }
}
