using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Sends what the offline buffer holds, the oldest first, in passes over all of it. One pass at a time on one folder. Thread-safe.</summary>
internal sealed class Replay(
    OpenlayerSettings settings,
    OfflineBuffer buffer,
    DataStreamClient client,
    FailureCallback failureCallback,
    DeliveryMeter meter,
    InternalLog faults)
{
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(100);

    // By file, of those that still wait. Under the buffer's lock, which one pass at a time has.
    private readonly Dictionary<string, ReplayFailure> _failures = [];
    private long _passes;

    /// <summary>One pass, when whoever is at it already has ended.</summary>
    public async Task<BufferReplay> RunToEndAsync(
        Action<FlushFailure>? onFailure,
        Action<JsonElement>? onSent,
        CancellationToken cancellationToken)
    {
        while (true)
        {
            var pass = new ReplayPass { OnFailure = onFailure, OnSent = onSent };
            await TryRunAsync(pass, cancellationToken).ConfigureAwait(false);
            if (!pass.IsBusy)
            {
                return pass.Result;
            }

            await Task.Delay(BusyInterval, settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a pass, unless another process or caller is at it.</summary>
    public async Task TryRunAsync(ReplayPass pass, CancellationToken cancellationToken)
    {
        using var held = buffer.TryLock(out var isBusy);
        pass.IsBusy = isBusy;
        if (held is null)
        {
            return;
        }

        _passes++;
        var files = WaitingFiles();
        while (files.Count > 0 && pass.Outcome is not { Result: SendResult.Unavailable })
        {
            if (pass.IsWantedElsewhere?.Invoke() == true)
            {
                pass.IsInterrupted = true;
                break;
            }

            foreach (var rows in Claim(files, pass).GroupBy(static row => row.Target))
            {
                await SendAsync([.. rows], pass, cancellationToken).ConfigureAwait(false);
            }
        }

        pass.Kept += files.Count;
    }

    /// <summary>The oldest first; but last those that the server failed at last.</summary>
    private Queue<FileInfo> WaitingFiles()
    {
        var files = buffer.Files();
        foreach (var gone in _failures.Keys.Except(files.Select(static file => file.Name)).ToArray())
        {
            _failures.Remove(gone);
        }

        return new(files.OrderBy(file => _failures.GetValueOrDefault(file.Name)?.Pass));
    }

    private List<PendingRow> Claim(Queue<FileInfo> files, ReplayPass pass)
    {
        var rows = new List<PendingRow>();
        var hasFailed = _failures.ContainsKey(files.Peek().Name);

        // A server that has failed is asked with one row whether it works: a request with the row that it fails at would never tell.
        var maxLength = hasFailed && pass.Sent == 0 ? 1 : settings.MaxBatchLength;
        long bytes = 0;
        while (rows.Count < maxLength
            && bytes < settings.MaxBatchBytes
            && files.TryPeek(out var file)
            && _failures.ContainsKey(file.Name) == hasFailed)
        {
            files.Dequeue();
            switch (buffer.TryClaim(file, out var row))
            {
                case BufferClaim.Claimed:
                    // What the server failed at gets one more try in each pass.
                    row!.Tries = hasFailed ? settings.MaxTries - 1 : 0;
                    rows.Add(row);
                    bytes += row.Json.Length;
                    break;
                case BufferClaim.Unreadable:
                    pass.Unreadable++;
                    break;
                case BufferClaim.Unfinished:
                    pass.Kept++;
                    break;
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
                if (part.Count > 1 && (outcome.Result == SendResult.Refused || HasFailedAgain(part, outcome)))
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
            case SendResult.Misconfigured:
                // A pipeline that is not this process's own may be what is wrong: the others' rows are still sent.
                pass.Outcome = outcome;
                Release(rows, pass);
                break;
            case SendResult.Unavailable:
                var alone = HasFailedAgain(rows, outcome) ? TimesAlone(rows[0]) : 0;
                if (alone >= settings.MaxTries)
                {
                    GiveUp(rows, outcome.Reason!, "Openlayer failed at a row of the offline buffer each time, and took others in between", pass);
                    break;
                }

                pass.Outcome = outcome;
                foreach (var name in Release(rows, pass))
                {
                    _failures[name] = new ReplayFailure(_passes, Math.Max(alone, _failures.GetValueOrDefault(name)?.Alone ?? 0), meter.Sent.Count);
                }

                break;
            default:
                GiveUp(rows, outcome.Reason!, $"Openlayer refused a row of the offline buffer: {outcome.Reason!.Message}", pass);
                break;
        }
    }

    /// <summary>Whether the server has failed at each of these rows before: one of them may be at fault.</summary>
    private bool HasFailedAgain(List<PendingRow> rows, SendOutcome outcome) =>
        outcome is { Result: SendResult.Unavailable, Tries: > 0 } && rows.TrueForAll(row => _failures.ContainsKey(OfflineBuffer.NameOf(row)));

    /// <summary>How often the server has failed at this row alone now, not counting where it took no others in between.</summary>
    private int TimesAlone(PendingRow row)
    {
        var before = _failures[OfflineBuffer.NameOf(row)];
        return before.SentBefore < meter.Sent.Count ? before.Alone + 1 : before.Alone;
    }

    private void GiveUp(List<PendingRow> rows, Exception reason, string cause, ReplayPass pass)
    {
        pass.Failed += rows.Count;
        faults.Report(DeliveryEvents.BufferedRowFailed, cause: cause);
        foreach (var row in rows)
        {
            buffer.SetAside(row);
            failureCallback.Invoke(row, reason, pass.OnFailure);
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
            faults.Report(DeliveryEvents.ReplayCallbackFailed, exception);
        }
    }

    private List<string> Release(List<PendingRow> rows, ReplayPass pass)
    {
        pass.Kept += rows.Count;
        return rows.ConvertAll(buffer.Release);
    }
}
