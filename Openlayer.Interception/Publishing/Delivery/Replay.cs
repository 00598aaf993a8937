using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Sends what the offline buffer holds, the oldest first, in passes over all of it. One pass at a time on one folder. Thread-safe.</summary>
internal sealed class Replay(OpenlayerOptions options, OfflineBuffer buffer, DataStreamClient client, DeliveryMeter meter, FaultLog faults)
{
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(100);

    // What the server failed at goes last in the next pass: a row that it fails at every time does not hold back the others.
    // Under the buffer's lock, which one pass at a time has.
    private HashSet<string> _failedLast = [];

    public OfflineBuffer Buffer => buffer;

    /// <summary>One pass, when whoever is at it already has ended.</summary>
    public async Task<BufferReplay> RunToEndAsync(
        Action<FlushFailure>? onFailure,
        Action<JsonElement>? onSent,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var pass = await TryRunAsync(onFailure, onSent, cancellationToken).ConfigureAwait(false);
            if (!pass.IsBusy)
            {
                return pass.Result;
            }

            await Task.Delay(BusyInterval, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One pass, unless another process or caller is at it.</summary>
    public async Task<ReplayPass> TryRunAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken)
    {
        using var held = buffer.TryLock(out var isBusy);
        var pass = new ReplayPass { IsBusy = isBusy, OnFailure = onFailure, OnSent = onSent };
        if (held is null)
        {
            return pass;
        }

        var failedLast = _failedLast;
        _failedLast = [];
        var files = new Queue<FileInfo>(buffer.Files().OrderBy(file => failedLast.Contains(file.Name)));
        while (files.Count > 0 && pass.Outcome is not { Result: SendResult.Unavailable })
        {
            foreach (var rows in Claim(files, pass).GroupBy(static row => row.Target))
            {
                await SendAsync([.. rows], pass, cancellationToken).ConfigureAwait(false);
            }
        }

        pass.Kept += files.Count;
        return pass;
    }

    /// <summary>Tells whoever wants to know that a row was given up.</summary>
    public void Report(PendingRow row, Exception reason, Action<FlushFailure>? onFailure = null)
    {
        meter.Failed.Add(1);
        try
        {
            (onFailure ?? row.OnFailure ?? options.OnFlushFailure)?.Invoke(new FlushFailure(row.Json, row.Target.Config, reason));
        }
        catch (Exception exception)
        {
            faults.Report("OnFlushFailure failed.", exception);
        }
    }

    private List<PendingRow> Claim(Queue<FileInfo> files, ReplayPass pass)
    {
        var rows = new List<PendingRow>();
        long bytes = 0;
        while (rows.Count < options.MaxBatchLength && bytes < options.MaxBatchBytes && files.TryDequeue(out var file))
        {
            if (buffer.TryClaim(file, out var row, out var isUnreadable))
            {
                rows.Add(row);
                bytes += row.Json.Length;
            }
            else if (isUnreadable)
            {
                pass.Unreadable++;
            }
        }

        return rows;
    }

    private async Task SendAsync(List<PendingRow> rows, ReplayPass pass, CancellationToken cancellationToken)
    {
        var parts = new Stack<List<PendingRow>>([rows]);
        while (parts.TryPop(out var part))
        {
            try
            {
                if (pass.Outcome is { Result: SendResult.Unavailable })
                {
                    Release(part, pass);
                    continue;
                }

                var outcome = await client.SendAsync(part, cancellationToken).ConfigureAwait(false);
                if (outcome.Result == SendResult.Refused && part.Count > 1)
                {
                    parts.Push(part[(part.Count / 2)..]);
                    parts.Push(part[..(part.Count / 2)]);
                }
                else
                {
                    Judge(part, outcome, pass);
                }
            }
            catch (OperationCanceledException)
            {
                Release([.. part, .. parts.SelectMany(static rest => rest)], pass);
                throw;
            }
        }
    }

    private void Judge(List<PendingRow> rows, SendOutcome outcome, ReplayPass pass)
    {
        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                meter.Sent.Add(rows.Count);
                meter.Replayed.Add(rows.Count);
                pass.Sent += rows.Count;
                foreach (var row in rows)
                {
                    buffer.Delete(row);
                    TellOfSent(row, pass);
                }

                break;
            case SendResult.Unavailable or SendResult.Misconfigured:
                // A pipeline that is not this process's own may be what is wrong: the others' rows are still sent.
                pass.Outcome = outcome;
                _failedLast.UnionWith(Release(rows, pass));
                break;
            default:
                pass.Failed += rows.Count;
                faults.Report($"Openlayer refused a row of the offline buffer: {outcome.Reason!.Message} It was moved to the folder set-aside.");
                foreach (var row in rows)
                {
                    buffer.SetAside(row);
                    Report(row, outcome.Reason!, pass.OnFailure);
                }

                break;
        }
    }

    private void TellOfSent(PendingRow row, ReplayPass pass)
    {
        if (pass.OnSent is not { } onSent)
        {
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(row.Json, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            onSent(document.RootElement.Clone());
        }
        catch (Exception exception)
        {
            faults.Report("The callback of a replay failed.", exception);
        }
    }

    private List<string> Release(List<PendingRow> rows, ReplayPass pass)
    {
        pass.Kept += rows.Count;
        return rows.ConvertAll(buffer.Release);
    }
}
