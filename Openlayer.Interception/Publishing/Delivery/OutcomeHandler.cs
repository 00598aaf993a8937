using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Settles rows and updates: acknowledged, buffered, failed (reported to the callback) or dropped. Each is counted once. Thread-safe.
/// </summary>
internal sealed class OutcomeHandler(
    OpenlayerSettings settings,
    DeliveryQueue queue,
    OfflineBuffer? buffer,
    FailureCallback callback,
    DropLog drops,
    LossLog losses,
    SenderStateMachine states,
    DeliveryMeter meter,
    PublishingContext context,
    InternalLog log)
{
    // At the end of the tracer, by the real clock.
    private static readonly TimeSpan MaxCallbackTimeAtEnd = TimeSpan.FromSeconds(1);

    public void Acknowledge(IReadOnlyList<PendingRow> rows)
    {
        meter.Sent.Add(rows.Count);
        DeleteFiles(rows);
        queue.Settle(rows);
        Complete(rows, FeedbackOutcome.Sent);
    }

    /// <summary>Whether something of the same row as an update waits in the offline buffer, so that the update must wait behind it.</summary>
    public bool IsBuffered(PendingRow update) => buffer?.HasOf(update.InferenceId!) == true;

    /// <summary>Buffers rows that cannot be sent. Without a buffer they fail.</summary>
    public Task KeepOrFailAsync(IReadOnlyList<PendingRow> rows)
    {
        var unwritten = Keep(rows);
        return unwritten.Count == 0 ? Task.CompletedTask : FailAsync(unwritten);
    }

    /// <summary>Buffers rows that there is no room for in memory. Without a buffer they are dropped.</summary>
    public void KeepOrDrop(IReadOnlyList<PendingRow> rows)
    {
        var unwritten = Keep(rows);
        if (unwritten.Count > 0)
        {
            meter.Dropped.Add(unwritten.Count);
            drops.Add(unwritten.Count(static row => !row.IsUpdate));
            DeleteFiles(unwritten);
            queue.Settle(unwritten);
            foreach (var row in unwritten)
            {
                row.Update?.Drop();
            }

            drops.LogIfDue();
        }
    }

    /// <summary>Reports rows that must not be sent again.</summary>
    public async Task FailAsync(IReadOnlyList<PendingRow> rows)
    {
        // The caller of SendFeedbackAsync gets the exception.
        foreach (var cause in rows.Where(static row => !row.IsUpdate).GroupBy(static row => FailureCause.Describe(row.LastFailure)))
        {
            losses.Add(cause.Key, cause.Count());
        }

        Fail(rows);
        await callback.InvokeAsync(rows, cancellationToken: states.RequestToken).ConfigureAwait(false);
        DeleteFiles(rows);
        queue.Settle(rows);
    }

    /// <summary>Buffers rows that there is no time left for. Without a buffer they fail, with the last failure there was.</summary>
    public async Task AbandonAsync(IReadOnlyList<PendingRow> rows)
    {
        var unwritten = Keep(rows);
        if (unwritten.Count == 0)
        {
            return;
        }

        var traces = unwritten.Count(static row => !row.IsUpdate);
        var cause = unwritten.Select(static row => row.LastFailure).FirstOrDefault(static failure => failure is not null);
        if (traces > 0)
        {
            context.Log(
                DeliveryEvents.ShutdownTimedOut,
                traces,
                settings.ShutdownTimeout,
                cause is null ? "There was no answer." : FailureCause.Describe(cause));
        }

        foreach (var row in unwritten)
        {
            row.LastFailure ??= new TimeoutException(
                $"Openlayer had not acknowledged the row when OpenlayerOptions.ShutdownTimeout ({settings.ShutdownTimeout}) had passed.");
        }

        Fail(unwritten);
        await callback.InvokeAsync(unwritten, maxTime: MaxCallbackTimeAtEnd).ConfigureAwait(false);
        DeleteFiles(unwritten);
        queue.Settle(unwritten);
    }

    /// <summary>Writes rows to the offline buffer, if it is on.</summary>
    /// <returns>The rows that are not in it.</returns>
    private IReadOnlyList<PendingRow> Keep(IReadOnlyList<PendingRow> rows)
    {
        if (buffer is null || rows.Count == 0)
        {
            return rows;
        }

        var failures = buffer.Write(rows);
        meter.Buffered.Add(rows.Count - failures.Count);
        states.Buffered();
        var unwritten = new List<PendingRow>(failures.Count);
        foreach (var (row, reason) in failures)
        {
            log.Report(DeliveryEvents.RowNotBuffered, reason);
            row.LastFailure = row.LastFailure is null ? reason : new AggregateException(row.LastFailure, reason);
            unwritten.Add(row);
        }

        PendingRow[] written = [.. rows.Except(unwritten)];
        queue.Settle(written);
        Complete(written, FeedbackOutcome.Buffered);
        return unwritten;
    }

    private static void Complete(IReadOnlyList<PendingRow> rows, FeedbackOutcome outcome)
    {
        foreach (var row in rows)
        {
            row.Update?.Complete(outcome);
        }
    }

    private static void Fail(IReadOnlyList<PendingRow> rows)
    {
        foreach (var row in rows)
        {
            row.Update?.Fail(row.LastFailure);
        }
    }

    private void DeleteFiles(IReadOnlyList<PendingRow> rows)
    {
        if (buffer is not null)
        {
            foreach (var row in rows)
            {
                buffer.Delete(row);
            }
        }
    }
}
