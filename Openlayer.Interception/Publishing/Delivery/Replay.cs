using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Sends the rows of the offline buffer, the oldest first, in passes over all of them. One pass at a time on a folder. Thread-safe.</summary>
internal sealed class Replay(
    OpenlayerSettings settings,
    OfflineBuffer buffer,
    DataStreamClient client,
    AttachmentUploads uploads,
    FailureCallback callback,
    SenderStateMachine states,
    DeliveryMeter meter,
    InternalLog log)
{
    // If the first rows of a background pass are all refused, the options are more likely to be wrong than the rows.
    private const int MaxRefusedFirst = 5;

    // A manual replay does not wait longer for a server that is throttling.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan BusyInterval = TimeSpan.FromMilliseconds(100);

    // By file, of the rows that still wait. Under the buffer's lock, which one pass at a time holds.
    private readonly Dictionary<string, ReplayFailure> _failures = [];
    private readonly Dictionary<string, int> _unknown = [];
    private long _passes;

    /// <summary>Runs a pass, after the one that another process or caller runs.</summary>
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

    /// <summary>Runs a pass, unless another process or caller runs one.</summary>
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
        while (files.Count > 0 && !pass.IsOver)
        {
            if (pass.IsWantedElsewhere?.Invoke() == true)
            {
                pass.IsInterrupted = true;
                break;
            }

            var claimed = Claim(files, pass);
            await uploads.UploadAsync(claimed, cancellationToken).ConfigureAwait(false);
            foreach (var rows in claimed.GroupBy(static row => row.Target))
            {
                await SendAsync([.. rows], pass, cancellationToken).ConfigureAwait(false);
            }
        }

        pass.Kept += files.Count;
    }

    /// <summary>The oldest first, but rows that the server has failed at last.</summary>
    private Queue<BufferEntry> WaitingFiles()
    {
        var files = buffer.Files();
        foreach (var gone in _failures.Keys.Except(files.Select(static file => file.Name)).ToArray())
        {
            _failures.Remove(gone);
        }

        foreach (var gone in _unknown.Keys.Except(files.Select(static file => file.Name)).ToArray())
        {
            _unknown.Remove(gone);
        }

        return new(files.OrderBy(file => _failures.GetValueOrDefault(file.Name)?.Pass));
    }

    private List<PendingRow> Claim(Queue<BufferEntry> files, ReplayPass pass)
    {
        var rows = new List<PendingRow>();
        var hasFailed = _failures.ContainsKey(files.Peek().Name);

        // A server that has failed is probed with one row at a time: a request with the row that it fails at would never succeed.
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
                    rows.Add(row!);
                    bytes += row!.Json.Length;
                    bytes += row.Attachments?.Waiting.Sum(static attachment => attachment.BufferedBytes) ?? 0;
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
                if (pass.IsOver)
                {
                    Release(part, pass);
                    continue;
                }

                if (part[0] is { IsUpdate: true } update && buffer.HasOf(update.InferenceId!, before: buffer.NameOf(update)))
                {
                    // What is older has failed before, and is sent last.
                    Release(part, pass);
                    continue;
                }

                var outcome = await TrySendAsync(part, pass, cancellationToken).ConfigureAwait(false);
                if (part.Count > 1 && (outcome.Result == SendResult.Refused || HasFailedAgain(part, outcome)))
                {
                    parts.Push(part[(part.Count / 2)..]);
                    parts.Push(part[..(part.Count / 2)]);
                }
                else
                {
                    await SettleAsync(part, outcome, pass).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                Release([.. part, .. parts.SelectMany(static rest => rest)], pass);
                throw;
            }
        }
    }

    /// <summary>In the background, one request; the next pass is the next try. A manual replay tries as often as the options say.</summary>
    private async Task<SendOutcome> TrySendAsync(List<PendingRow> rows, ReplayPass pass, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var outcome = await client.SendAsync(rows, cancellationToken).ConfigureAwait(false);
            if (pass.IsBackground || outcome.Result is not (SendResult.Unavailable or SendResult.Unknown) || tries >= MaxTriesOf(outcome) || outcome.RetryAfter > MaxWait
                || HasFailedAgain(rows, outcome))
            {
                return outcome;
            }

            var backoff = Backoff.After(tries);
            await Task.Delay(backoff > outcome.RetryAfter ? backoff : outcome.RetryAfter, settings.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SettleAsync(List<PendingRow> rows, SendOutcome outcome, ReplayPass pass)
    {
        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                meter.Sent.Add(rows.Count);
                meter.Replayed.Add(rows.Count);
                pass.Sent += rows.Count;
                states.Succeeded();
                foreach (var row in rows)
                {
                    buffer.Delete(row);
                    ReportSent(row, pass);
                }

                break;
            case SendResult.Unknown when pass.IsBackground && Count(_unknown, buffer.NameOf(rows[0])) < MaxTriesOf(outcome):
                // The row may be stored a moment after it was acknowledged.
                Release(rows, pass);
                break;
            case SendResult.Unknown:
                await FailAsync(rows, outcome.Reason!, "Openlayer does not know the row that feedback in the offline buffer is for", pass).ConfigureAwait(false);
                break;
            case SendResult.Misconfigured:
                // The pipeline of another process may be wrong. The rows of the others are still sent.
                pass.Outcome = outcome;
                Release(rows, pass);
                break;
            case SendResult.Unavailable or SendResult.Rejected:
                var isKnown = HasFailedAgain(rows, outcome);
                var alone = isKnown ? TimesAlone(rows[0]) : 0;
                if (alone >= settings.MaxTries)
                {
                    await FailAsync(rows, outcome.Reason!, "Openlayer failed at a row of the offline buffer each time, and accepted others in between", pass)
                        .ConfigureAwait(false);
                    break;
                }

                pass.Outcome = outcome;
                pass.IsRowSuspected = isKnown;
                foreach (var name in Release(rows, pass))
                {
                    _failures[name] = new ReplayFailure(_passes, Math.Max(alone, _failures.GetValueOrDefault(name)?.Alone ?? 0), meter.Sent.Count);
                }

                break;
            default:
                if (pass is { IsBackground: true, Sent: 0, Failed: >= MaxRefusedFirst })
                {
                    pass.Outcome = outcome;
                    Release(rows, pass);
                    break;
                }

                await FailAsync(rows, outcome.Reason!, $"A row of the offline buffer was refused: {FailureCause.Describe(outcome.Reason)}", pass).ConfigureAwait(false);
                break;
        }
    }

    private int MaxTriesOf(SendOutcome outcome) =>
        outcome.Result == SendResult.Unknown ? RowUpdate.MaxTriesOfUnknownRow(settings.MaxTries) : settings.MaxTries;

    private static int Count(Dictionary<string, int> counts, string name) => counts[name] = counts.GetValueOrDefault(name) + 1;

    /// <summary>Whether the server has failed at each of these rows before. One of them may be at fault.</summary>
    private bool HasFailedAgain(List<PendingRow> rows, SendOutcome outcome) =>
        outcome.Result is SendResult.Unavailable or SendResult.Rejected && rows.TrueForAll(row => _failures.ContainsKey(buffer.NameOf(row)));

    /// <summary>How often the server has failed at this row alone, counting only failures with other rows accepted in between.</summary>
    private int TimesAlone(PendingRow row)
    {
        var before = _failures[buffer.NameOf(row)];
        return before.SentBefore < meter.Sent.Count ? before.Alone + 1 : before.Alone;
    }

    private Task FailAsync(List<PendingRow> rows, Exception reason, string cause, ReplayPass pass)
    {
        pass.Failed += rows.Count;
        log.Report(DeliveryEvents.BufferedRowFailed, cause: cause);
        foreach (var row in rows)
        {
            buffer.SetAside(row);
            row.LastFailure = reason;
        }

        return callback.InvokeAsync(rows, pass.OnFailure);
    }

    private void ReportSent(PendingRow row, ReplayPass pass)
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
            log.Report(DeliveryEvents.ReplayCallbackFailed, exception);
        }
    }

    private List<string> Release(List<PendingRow> rows, ReplayPass pass)
    {
        pass.Kept += rows.Count;
        return rows.ConvertAll(buffer.Release);
    }
}
