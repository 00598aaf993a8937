using System.Text.Json;

namespace Openlayer.Interception;

/// <summary>A row that was given up, and why. Handed to <see cref="OpenlayerOptions.OnFlushFailure"/> or <see cref="OpenlayerTrace.OnFlushFailure"/>.</summary>
public sealed class FlushFailure
{
    private readonly ReadOnlyMemory<byte> _row;
    private readonly ReadOnlyMemory<byte> _config;

    internal FlushFailure(ReadOnlyMemory<byte> row, ReadOnlyMemory<byte> config, Exception exception)
    {
        _row = row;
        _config = config;
        Exception = exception;
    }

    /// <summary>The row as it was sent, with its columns. Parsed at each read.</summary>
    public JsonElement Row => Parse(_row);

    /// <summary>The row's <c>config</c> as it was sent. Parsed at each read.</summary>
    public JsonElement Config => Parse(_config);

    /// <summary>
    /// Why: of an answer a <see cref="HttpRequestException"/> with its <see cref="HttpRequestException.StatusCode"/>, else what was thrown
    /// when the row was last sent.
    /// </summary>
    public Exception Exception { get; }

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        return document.RootElement.Clone();
    }
}
