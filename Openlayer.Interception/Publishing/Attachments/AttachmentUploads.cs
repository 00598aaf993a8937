using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>
/// Uploads the attachments of rows before the rows are sent, a limited number at a time. Equal bytes are uploaded once. A row waits for at most
/// <see cref="AttachmentOptions.MaxDelay"/>, or until the process has to end. Thread-safe. Does not throw.
/// </summary>
internal sealed class AttachmentUploads(
    OpenlayerSettings settings, DeliveryQueue queue, DataStreamClient client, DeliveryMeter meter, PublishingContext context, InternalLog log) : IDisposable
{
    // An object in the storage may be deleted later.
    private const int MaxRemembered = 1_000;
    private static readonly TimeSpan RememberedFor = TimeSpan.FromHours(1);

    // Most applications upload nothing.
    private readonly Lazy<StorageClient> _storage = new(() => new StorageClient(settings, client));
    private readonly SemaphoreSlim _slots = new(settings.Attachments.MaxParallelUploads);
    private readonly object _gate = new();

    // By key: what is being uploaded, and what has been.
    private readonly Dictionary<string, (Task<UploadResult> Result, MonotonicTime Until)> _uploads = new(StringComparer.Ordinal);
    private CancellationTokenSource _deadline = new();
    private ITimer? _deadlineTimer;

    /// <summary>Starts uploading what a row in the queue waits for. The row can be sent when that is over.</summary>
    /// <param name="row">The row.</param>
    /// <param name="ended">Called then.</param>
    public void Start(PendingRow row, Action ended) => _ = Task.Run(async () =>
    {
        context.Enter();
        var attachments = row.Attachments!;
        var (json, rest) = await UploadAsync(attachments, CancellationToken.None).ConfigureAwait(false);
        queue.EndUpload(row, json, rest);
        Release(attachments, rest);
        ended();
    });

    /// <summary>Uploads the attachments of buffered rows.</summary>
    public async Task UploadAsync(IReadOnlyList<PendingRow> rows, CancellationToken cancellationToken)
    {
        foreach (var row in rows)
        {
            if (row.Attachments is { IsOver: false } attachments)
            {
                var (json, rest) = await UploadAsync(attachments, cancellationToken).ConfigureAwait(false);
                row.EndUpload(json, rest);
            }
        }
    }

    /// <summary>Lets no row wait longer than this, because the process may end.</summary>
    public void EndWithin(TimeSpan limit, TimeProvider clock)
    {
        if (!settings.Attachments.Upload)
        {
            return;
        }

        lock (_gate)
        {
            _deadlineTimer?.Dispose();
            var deadline = _deadline;
            _deadlineTimer = clock.CreateTimer(_ => deadline.Cancel(), null, limit, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The process goes on: rows wait as long as before.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _deadlineTimer?.Dispose();
            _deadlineTimer = null;
            if (_deadline.IsCancellationRequested)
            {
                _deadline = new CancellationTokenSource();
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _deadlineTimer?.Dispose();
            _deadline.Cancel();
        }

        if (_storage.IsValueCreated)
        {
            _storage.Value.Dispose();
        }
    }

    private static void Release(RowAttachments attachments, RowAttachments? rest)
    {
        foreach (var uploaded in attachments.Waiting.Except(rest?.Waiting ?? []))
        {
            uploaded.Release();
        }
    }

    /// <returns>The row to send, and the attachments that are not uploaded. Null if there are none.</returns>
    private async Task<(ReadOnlyMemory<byte> Json, RowAttachments? Left)> UploadAsync(RowAttachments attachments, CancellationToken cancellationToken)
    {
        try
        {
            return attachments.With(await UploadAllAsync(attachments, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            log.Report(UploadEvents.UploadFailed, exception);
            return (attachments.Json, attachments with { IsOver = true });
        }
    }

    /// <returns>The outcome of each attachment.</returns>
    private async Task<UploadResult[]> UploadAllAsync(RowAttachments attachments, CancellationToken cancellationToken)
    {
        if (!settings.Attachments.Upload)
        {
            return [.. attachments.Waiting.Select(static _ => UploadResult.Off)];
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Deadline());
        var uploads = attachments.Waiting.Select(Upload).ToArray();
        try
        {
            await Task.WhenAll(uploads).WaitAsync(settings.Attachments.MaxDelay, settings.TimeProvider, end.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            // What is uploaded by now is part of the row.
        }

        var results = Array.ConvertAll(uploads, static upload => upload.IsCompletedSuccessfully ? upload.Result : UploadResult.Late);
        foreach (var result in results.Where(static result => result.StorageUri is null))
        {
            meter.AttachmentsFailed.Add(1);
            log.Report(UploadEvents.AttachmentNotUploaded, cause: result.Error);
        }

        return results;
    }

    private CancellationToken Deadline()
    {
        lock (_gate)
        {
            return _deadline.Token;
        }
    }

    private Task<UploadResult> Upload(RowAttachment attachment)
    {
        // Of bytes that were buffered, the checksum is known only now.
        var bytes = attachment.Url is null ? attachment.Open() : null;
        var key = attachment.Key;
        lock (_gate)
        {
            if (_uploads.TryGetValue(key, out var known) && !known.Until.IsOver(settings.TimeProvider))
            {
                bytes?.Dispose();
                return known.Result;
            }

            var upload = Task.Run(() => UploadAsync(attachment, bytes, key));
            if (_uploads.Count >= MaxRemembered)
            {
                Forget();
            }

            _uploads[key] = (upload, MonotonicTime.In(RememberedFor, settings.TimeProvider));
            return upload;
        }
    }

    private async Task<UploadResult> UploadAsync(RowAttachment attachment, UploadBytes? bytes, string key)
    {
        var result = UploadResult.Late;
        try
        {
            context.Enter();
            using var time = new CancellationTokenSource(settings.Attachments.MaxDelay, settings.TimeProvider);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(time.Token, Deadline());
            await _slots.WaitAsync(end.Token).ConfigureAwait(false);
            try
            {
                result = attachment.Url is { } url ? await _storage.Value.UploadFromAsync(url, attachment.Name, attachment.MediaType, end.Token).ConfigureAwait(false)
                    : bytes is null ? new UploadResult(null, "Its bytes could not be read.")
                    : await _storage.Value.UploadAsync(attachment.Name, attachment.MediaType, attachment.ChecksumMd5, bytes, end.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The result says so.
        }
        catch (Exception exception)
        {
            log.Report(UploadEvents.UploadFailed, exception);
            result = new UploadResult(null, $"The upload failed ({exception.GetType().Name}).");
        }
        finally
        {
            bytes?.Dispose();
        }

        if (result.StorageUri is not null)
        {
            meter.AttachmentsUploaded.Add(1);
        }
        else
        {
            // The next row tries again.
            lock (_gate)
            {
                _uploads.Remove(key);
            }
        }

        return result;
    }

    // Those that are uploaded are uploaded once more if they come again.
    private void Forget()
    {
        foreach (var key in _uploads.Where(static upload => upload.Value.Result.IsCompleted).Select(static upload => upload.Key).ToArray())
        {
            _uploads.Remove(key);
        }
    }
}
