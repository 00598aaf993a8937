using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.Capture.Media;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;
using Polly;
using Polly.Retry;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>
/// Uploads one object as Openlayer's SDKs do: Openlayer names an address of the storage, which then receives the bytes. Only Openlayer receives
/// the key and the custom headers; the storage has a client of its own, which sends neither and follows no redirect. Failures that may pass are
/// retried with back-off. Thread-safe.
/// </summary>
internal sealed class StorageClient : IDisposable
{
    private const string Openlayer = "Openlayer";
    private const string Storage = "The storage";
    private const string Address = "The address of the attachment";
    private const int MaxAnswerBytes = 256 * 1024;
    private const int MaxExtension = 10;

    private readonly OpenlayerSettings _settings;
    private readonly DataStreamClient _openlayer;
    private readonly HttpClient _storage;
    private readonly ResiliencePipeline<UploadResult> _pipeline;

    /// <param name="settings">The settings.</param>
    /// <param name="openlayer">Sends requests to Openlayer.</param>
    public StorageClient(OpenlayerSettings settings, DataStreamClient openlayer)
    {
        _settings = settings;
        _openlayer = openlayer;
        _storage = new HttpClient(DataStreamClient.CreateHandler(settings)) { Timeout = Timeout.InfiniteTimeSpan };
        var pipeline = new ResiliencePipelineBuilder<UploadResult> { TimeProvider = settings.TimeProvider };
        if (settings.MaxTries > 1)
        {
            pipeline.AddRetry(new RetryStrategyOptions<UploadResult>
            {
                MaxRetryAttempts = settings.MaxTries - 1,
                DelayGenerator = static arguments => new(Backoff.After(arguments.AttemptNumber + 1)),
                ShouldHandle = static arguments => new(arguments.Outcome.Result is { IsTransient: true }),
            });
        }

        _pipeline = pipeline.Build();
    }

    /// <summary>Uploads bytes.</summary>
    /// <param name="name">The name of the attachment, whose extension the object has.</param>
    /// <param name="mediaType">The media type.</param>
    /// <param name="checksum">The MD5 of the bytes, which names the object. Null for a random name.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellationToken">Ends the upload.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<UploadResult> UploadAsync(string name, string mediaType, string? checksum, UploadBytes bytes, CancellationToken cancellationToken)
    {
        var objectName = $"attachments/{checksum ?? Guid.NewGuid().ToString()}.{Extension(name, mediaType)}";
        return ExecuteAsync(token => TryUploadAsync(objectName, mediaType, bytes, token), cancellationToken);
    }

    /// <summary>Fetches the bytes at an address, and uploads them.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<UploadResult> UploadFromAsync(Uri url, string name, string mediaType, CancellationToken cancellationToken)
    {
        byte[]? fetched = null;
        var result = await ExecuteAsync(
            async token =>
            {
                (fetched, var failure) = await TryFetchAsync(url, token).ConfigureAwait(false);
                return failure ?? new UploadResult(null);
            },
            cancellationToken).ConfigureAwait(false);
        if (fetched is null)
        {
            return result;
        }

        var checksum = AttachmentReader.Checksum(fetched);
        using var bytes = new UploadBytes(fetched);
        result = await UploadAsync(name, mediaType, checksum, bytes, cancellationToken).ConfigureAwait(false);
        return result.StorageUri is null ? result : result with { FetchedBytes = fetched.Length, FetchedChecksum = checksum };
    }

    public void Dispose() => _storage.Dispose();

    /// <summary>The extension of an object: that of the name, else that of the media type.</summary>
    internal static string Extension(string name, string mediaType)
    {
        var end = name.IndexOfAny(['?', '#']);
        var extension = Path.GetExtension(end < 0 ? name : name[..end]).TrimStart('.');
        if (!IsPlain(extension))
        {
            extension = MediaTypes.ExtensionOf(mediaType).TrimStart('.');
        }

        return IsPlain(extension) ? extension.ToLowerInvariant() : "bin";
    }

    private static bool IsPlain(string extension) => extension.Length is > 0 and <= MaxExtension && extension.All(char.IsAsciiLetterOrDigit);

    private async Task<UploadResult> ExecuteAsync(Func<CancellationToken, Task<UploadResult>> work, CancellationToken cancellationToken) =>
        await _pipeline.ExecuteAsync(async token => await InTimeAsync(work, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    // A time-out ends one try.
    private async Task<UploadResult> InTimeAsync(Func<CancellationToken, Task<UploadResult>> work, CancellationToken cancellationToken)
    {
        try
        {
            using var time = new CancellationTokenSource(_settings.RequestTimeout, _settings.TimeProvider);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, time.Token);
            return await work(both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new UploadResult(null, "A request took longer than OpenlayerOptions.RequestTimeout.") { IsTransient = true };
        }
    }

    private async Task<UploadResult> TryUploadAsync(string objectName, string mediaType, UploadBytes bytes, CancellationToken cancellationToken)
    {
        var (answer, failure) = await SendAsync(Openlayer, () => PresignAsync(objectName, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (failure is not null)
        {
            return failure;
        }

        if (StorageTarget.Read(answer!) is not { } target)
        {
            return new UploadResult(null, "Openlayer did not answer with an address to upload to.");
        }

        if (target.Url.Scheme != Uri.UriSchemeHttps && _settings.BaseUrl.Scheme == Uri.UriSchemeHttps)
        {
            return new UploadResult(null, "The address to upload to is not encrypted, although that of Openlayer is.");
        }

        using var request = RequestTo(target, objectName, mediaType, bytes);
        (_, failure) = await SendAsync(Storage, () => _storage.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        return failure ?? new UploadResult(target.StorageUri);
    }

    private async Task<(byte[]? Bytes, UploadResult? Failure)> TryFetchAsync(Uri url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(url) { UserName = "", Password = "", Fragment = "" }.Uri);
        return await SendAsync(
            Address, () => _storage.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken), cancellationToken, _settings.Attachments.MaxBytes)
            .ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> PresignAsync(string objectName, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _openlayer.AddressOf("storage/presigned-url", $"objectName={Uri.EscapeDataString(objectName)}"));
        request.Content = new ByteArrayContent([]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return await _openlayer.SendRequestAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private HttpRequestMessage RequestTo(StorageTarget target, string objectName, string mediaType, UploadBytes bytes)
    {
        var storage = target.KindOf(_settings.Attachments.Storage);
        var file = new UploadContent(bytes, mediaType);
        if (storage is AttachmentStorage.GoogleCloud or AttachmentStorage.Azure)
        {
            var put = new HttpRequestMessage(HttpMethod.Put, target.Url) { Content = file };
            if (storage == AttachmentStorage.Azure)
            {
                put.Headers.Add("x-ms-blob-type", "BlockBlob");
            }

            return put;
        }

        // As browsers and S3 write it: quoted names, no quotes around the boundary, and no headers on the fields.
        var boundary = Guid.NewGuid().ToString("N");
        var form = new MultipartFormDataContent(boundary);
        form.Headers.Remove("Content-Type");
        form.Headers.TryAddWithoutValidation("Content-Type", $"multipart/form-data; boundary={boundary}");
        foreach (var (name, value) in storage == AttachmentStorage.S3 ? target.Fields : [])
        {
            form.Add(new StringContent(value)
            {
                Headers = { ContentType = null, ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = $"\"{name}\"" } },
            });
        }

        file.Headers.ContentDisposition = new ContentDispositionHeaderValue("form-data") { Name = "\"file\"", FileName = $"\"{objectName}\"" };
        form.Add(file);
        return new HttpRequestMessage(HttpMethod.Post, target.Url) { Content = form };
    }

    /// <summary>Sends a request, and reads the answer.</summary>
    private static async Task<(byte[]? Answer, UploadResult? Failure)> SendAsync(
        string receiver, Func<Task<HttpResponseMessage>> send, CancellationToken cancellationToken, long maxBytes = MaxAnswerBytes)
    {
        try
        {
            using var response = await send().ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return (null, new UploadResult(null, $"{receiver} answered with status {(int)response.StatusCode}.") { IsTransient = IsTransient(response.StatusCode) });
            }

            // The answer of the storage is not needed.
            if (receiver == Storage)
            {
                return ([], null);
            }

            return await ReadAsync(response, maxBytes, cancellationToken).ConfigureAwait(false) is { } answer
                ? (answer, null)
                : (null, new UploadResult(null, $"{receiver} answered with too many bytes."));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return (null, new UploadResult(null, Describe(receiver, exception)) { IsTransient = exception is HttpRequestException or IOException });
        }
    }

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, long maxBytes, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > maxBytes)
        {
            return null;
        }

        var answer = new MemoryStream();
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (answer.Length + read > maxBytes)
            {
                return null;
            }

            answer.Write(buffer, 0, read);
        }

        return answer.ToArray();
    }

    private static bool IsTransient(HttpStatusCode status) => (int)status is 408 or 409 or 425 or 429 or >= 500;

    private static string Describe(string receiver, Exception failure) => failure switch
    {
        HttpRequestException { InnerException: SocketException { SocketErrorCode: var error } } => $"{receiver} could not be reached ({error}).",
        HttpRequestException { HttpRequestError: var error } => $"{receiver} could not be reached ({error}).",
        _ => $"The request to {(receiver == Openlayer ? receiver : char.ToLowerInvariant(receiver[0]) + receiver[1..])} failed ({failure.GetType().Name}).",
    };
}
