using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// What becomes of rows in the end: acknowledged, kept in the offline buffer where it is on, given up and reported, or dropped. Each is
/// counted and settled. Thread-safe.
/// </summary>
internal sealed class Disposition(
    Backlog backlog,
    OfflineBuffer? buffer,
    FailureCallback failureCallback,
    DropLog drops,
    DeliveryMeter meter,
    InternalLog faults)
{
    public void Acknowledge(List<PendingRow> rows)
    {
        meter.Sent.Add(rows.Count);
        DeleteFiles(rows);
        backlog.Settle(rows);
    }

    public void KeepOrFail(List<PendingRow> rows, Exception reason) =>
        Keep(rows, (row, diskFailure) => Fail([row], diskFailure is null ? reason : new AggregateException(reason, diskFailure)));

    public void KeepOrDrop(List<PendingRow> rows) => Keep(rows, (row, _) => Drop([row]));

    public void Fail(List<PendingRow> rows, Exception reason)
    {
        var cause = CauseOf(reason);
        foreach (var row in rows)
        {
            faults.Report(DeliveryEvents.RowFailed, reason, cause);
            failureCallback.Invoke(row, reason);
        }

        DeleteFiles(rows);
        backlog.Settle(rows);
    }

    public void Drop(List<PendingRow> rows)
    {
        meter.Dropped.Add(rows.Count);
        drops.Add(rows.Count);
        DeleteFiles(rows);
        backlog.Settle(rows);

        // At the end there is one count for all of it.
        if (!backlog.IsClosed)
        {
            drops.LogIfDue();
        }
    }

    private static string CauseOf(Exception reason) => reason switch
    {
        HttpRequestException { StatusCode: { } status } => $"Openlayer answered with status {(int)status}",
        HttpRequestException { HttpRequestError: var error } => $"A request to Openlayer failed ({error})",
        OperationCanceledException or Polly.ExecutionRejectedException =>
            "A request to Openlayer took longer than OpenlayerOptions.RequestTimeout",
        _ => "A request to Openlayer failed",
    };

    private void Keep(List<PendingRow> rows, Action<PendingRow, Exception?> otherwise)
    {
        if (buffer is null)
        {
            rows.ForEach(row => otherwise(row, null));
            return;
        }

        var failures = buffer.Write(rows);
        meter.Buffered.Add(rows.Count - failures.Count);
        backlog.Settle([.. rows.Except(failures.Select(static failure => failure.Row))]);
        foreach (var (row, reason) in failures)
        {
            faults.Report(DeliveryEvents.RowNotBuffered, reason);
            otherwise(row, reason);
        }
    }

    private void DeleteFiles(List<PendingRow> rows)
    {
        if (buffer is not null)
        {
            rows.ForEach(buffer.Delete);
        }
    }
}
