using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception;

/// <summary>
/// Appends traces to a file, one line each: the whole body of the request that sends the trace to Openlayer,
/// <c>{"config": {...}, "rows": [...]}</c>. So a line can be sent as it is: <c>curl -d @-</c>. Lines come in the order of completion,
/// each is written at once and whole, and the file is closed in between, so that it can be read while it grows, moved or deleted.
/// Thread-safe, also where several publishers of one process write to one path; no other process should.
/// </summary>
public sealed class JsonLinesTracePublisher : ITracePublisher
{
    // Shared by all publishers of a path. Two paths that differ in case may be one file; sharing a gate needlessly does no harm.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new(StringComparer.OrdinalIgnoreCase);

    private readonly string _path;
    private readonly SemaphoreSlim _gate;

    /// <summary>Names the file. Nothing is touched before the first trace.</summary>
    /// <param name="path">
    /// The file; a relative path is resolved now. Folders that are missing are created. On Unix a new file can be read and written by its
    /// owner alone (0600); a file that is there keeps its mode.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null, empty or no path.</exception>
    public JsonLinesTracePublisher(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _gate = Gates.GetOrAdd(_path, static _ => new SemaphoreSlim(1, 1));
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public async ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            var file = new FileStream(_path, OpenForAppending());
            await using var _ = file.ConfigureAwait(false);
            foreach (var trace in traces)
            {
                // Not cancelled half-way through a line.
                cancellationToken.ThrowIfCancellationRequested();
                await file.WriteAsync(LineOf(trace), CancellationToken.None).ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private static FileStreamOptions OpenForAppending()
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            Options = FileOptions.Asynchronous,

            // What is written goes to the file at once, whole.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static ReadOnlyMemory<byte> LineOf(OpenlayerTrace trace)
    {
        var line = new ArrayBufferWriter<byte>();
        DataStreamRequest.Write(line, new Row(trace));

        // JSON has line breaks only between its tokens: the application's own settings may have indented a captured value.
        var body = MemoryMarshal.AsMemory(line.WrittenMemory).Span;
        body.Replace((byte)'\n', (byte)' ');
        body.Replace((byte)'\r', (byte)' ');
        line.Write("\n"u8);
        return line.WrittenMemory;
    }
}
