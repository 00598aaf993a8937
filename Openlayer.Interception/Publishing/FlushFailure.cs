using System.Text.Json;

namespace Openlayer.Interception;

/// <summary>
/// A row, or feedback, that failed to reach Openlayer, and the reason. Passed to <see cref="OpenlayerOptions.OnFlushFailure"/> or
/// <see cref="OpenlayerTrace.OnFlushFailure"/>. Immutable and thread-safe.
/// </summary>
public sealed class FlushFailure
{
    private readonly ReadOnlyMemory<byte> _row;
    private readonly ReadOnlyMemory<byte> _config;

    internal FlushFailure(ReadOnlyMemory<byte> row, ReadOnlyMemory<byte> config, Exception exception, string? feedbackFor)
    {
        _row = row;
        _config = config;
        Exception = exception;
        FeedbackFor = feedbackFor;
    }

    /// <summary>The id of the row that the feedback was for. Null if a row itself failed.</summary>
    public string? FeedbackFor { get; }

    /// <summary>The row as sent, with its columns. Of feedback, the columns that it would have changed. Each read parses it.</summary>
    public JsonElement Row => Parse(_row);

    /// <summary>The row's <c>config</c> as sent. Each read parses it.</summary>
    public JsonElement Config => Parse(_config);

    /// <summary>
    /// The last real failure. For a response it is a <see cref="HttpRequestException"/> with its
    /// <see cref="HttpRequestException.StatusCode"/>; otherwise it is the exception that the last request threw.
    /// </summary>
    public Exception Exception { get; }

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return document.RootElement.Clone();
    }
}
