using Openlayer.Interception.Publishing;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception;

/// <summary>
/// Appends each trace to a file as one line: the body of the request that sends the trace to Openlayer,
/// <c>{"config": {...}, "rows": [...]}</c>. A line can be sent unchanged with <c>curl -d @-</c>. Traces are written in the order of their
/// completion, each line in a single write. The file is closed after each batch, and can be read, moved or deleted at any time.
/// Thread-safe, even if several publishers in the process share a path. Other processes must not write to the file.
/// </summary>
public sealed class JsonLinesTracePublisher : ITracePublisher
{
    private readonly SharedFile _file;

    /// <summary>Creates a publisher. The file is not created or opened until the first trace.</summary>
    /// <param name="path">
    /// The path of the file. A relative path is resolved now. Missing folders are created. On Unix, only the owner can read and write a new
    /// file (mode 0600); an existing file keeps its mode.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null, empty or not a valid path.</exception>
    public JsonLinesTracePublisher(string path) => _file = new SharedFile(path);

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The process has no permission to write the file.</exception>
    public async ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        await _file.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var file = _file.Open(FileMode.Append, FileAccess.Write);
            await using var _ = file.ConfigureAwait(false);
            foreach (var trace in traces)
            {
                // Cancellation takes effect between lines, never within one.
                cancellationToken.ThrowIfCancellationRequested();
                await file.WriteAsync(LineOf(trace), CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _file.Gate.Release();
        }
    }

    private static ReadOnlyMemory<byte> LineOf(OpenlayerTrace trace)
    {
        var line = new JsonBuffer();
        DataStreamRequest.Write(line, new Row(trace));

        // A captured value may be indented by the application's JSON settings. Line breaks in JSON occur only between tokens.
        line.Written.Replace((byte)'\n', (byte)' ');
        line.Written.Replace((byte)'\r', (byte)' ');
        line.Append("\n"u8);
        return line.Written.ToArray();
    }
}
