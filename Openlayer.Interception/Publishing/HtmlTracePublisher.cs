using Openlayer.Interception.Publishing;
using Openlayer.Interception.Publishing.Html;

namespace Openlayer.Interception;

/// <summary>
/// Appends each trace to a web page that shows them: the list of traces, a trace as a waterfall over time, and a step with its conversation,
/// inputs, output and metadata. The page is one file. A browser opens it from disk; it loads nothing and sends nothing. Values are shown as
/// text: nothing in a trace is ever run. Traces are written in the order of their completion, each in a single write, and the file is a valid
/// page at each moment. It is closed after each batch, and can be opened, moved or deleted at any time. Thread-safe, even if several
/// publishers in the process share a path. Other processes must not write to the file.
/// </summary>
public sealed class HtmlTracePublisher : ITracePublisher
{
    private const string DefaultName = "traces.html";
    private const long DefaultMaxFileBytes = 64 * 1024 * 1024;

    private readonly SharedFile _file;
    private readonly TracePageFile _page;

    // Replaced under the file's gate.
    private TaskCompletionSource _published = NewSignal();

    /// <summary>Creates a publisher. The file is not created or opened until the first trace.</summary>
    /// <param name="path">
    /// The path of the file, or of a folder, in which the file is named <c>traces.html</c>: a path is a folder's if it exists as one or ends
    /// with a directory separator. A relative path is resolved now. Missing folders are created. On Unix, only the owner can read and write a
    /// new file (mode 0600); an existing page keeps its mode. A file that is not a page of traces is left as it is, and publishing fails.
    /// </param>
    /// <param name="maxFileBytes">
    /// The size of the file, in bytes. When the next trace would exceed it, the file is renamed (<c>traces.html</c> to <c>traces.1.html</c>,
    /// which replaces one of that name), and a new one begins. So there are at most two files. A single trace that is larger gets a file of its
    /// own. At least 1. Default: 64 MiB.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="path"/> is null, empty or not a valid path.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxFileBytes"/> is less than 1.</exception>
    public HtmlTracePublisher(string path, long maxFileBytes = DefaultMaxFileBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFileBytes, 1);
        var isFolder = Path.EndsInDirectorySeparator(path) || Directory.Exists(path);
        _file = new SharedFile(isFolder ? Path.Combine(path, DefaultName) : path);
        _page = new TracePageFile(_file, maxFileBytes);
    }

    /// <summary>Returns the absolute path of the file.</summary>
    public string FilePath => _file.FullPath;

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written, or is not a page of traces.</exception>
    /// <exception cref="UnauthorizedAccessException">The process has no permission to write the file.</exception>
    public async ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(traces);
        await _file.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _page.AppendAsync(traces.Select(TracePage.LineOf), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            var published = _published;
            _published = NewSignal();
            _file.Gate.Release();
            published.SetResult();
        }
    }

    /// <summary>
    /// Writes the page to a stream, and then each trace as this publisher publishes it, until it is cancelled. A browser that receives it over
    /// HTTP shows new traces as they arrive. Publishing never waits for the stream. A reader that falls more than one file behind misses traces.
    /// </summary>
    /// <param name="destination">The stream. It is flushed after each write, and not closed.</param>
    /// <param name="cancellationToken">Ends the call. Cancel it when the browser has left, and when the application stops.</param>
    /// <returns>A task that completes successfully when <paramref name="cancellationToken"/> is cancelled.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="destination"/> is null.</exception>
    /// <exception cref="IOException">The file cannot be opened, or is not a page of traces, or the stream failed.</exception>
    /// <exception cref="UnauthorizedAccessException">The process has no permission to open the file.</exception>
    public async Task FollowAsync(Stream destination, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        try
        {
            await CopyPagesAsync(destination, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The reader has left.
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task CopyAsync(FileStream page, long end, Stream destination, CancellationToken cancellationToken)
    {
        var block = new byte[64 * 1024];
        while (page.Position < end)
        {
            var part = block.AsMemory(0, (int)Math.Min(block.Length, end - page.Position));
            await page.ReadExactlyAsync(part, cancellationToken).ConfigureAwait(false);
            await destination.WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }

        await destination.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task CopyPagesAsync(Stream destination, CancellationToken cancellationToken)
    {
        var start = 0L;
        while (true)
        {
            var (page, generation) = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (page.ConfigureAwait(false))
            {
                page.Seek(start, SeekOrigin.Begin);
                while (true)
                {
                    var (end, isCurrent, published) = await LookAsync(page, generation, cancellationToken).ConfigureAwait(false);
                    await CopyAsync(page, end, destination, cancellationToken).ConfigureAwait(false);
                    if (!isCurrent)
                    {
                        break;
                    }

                    await published.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }

            // The destination has the beginning of a page already.
            start = TracePage.Beginning.Length;
        }
    }

    private async Task<(FileStream Page, int Generation)> OpenAsync(CancellationToken cancellationToken)
    {
        await _file.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var page = await _page.OpenAsync(cancellationToken).ConfigureAwait(false);
            return (page, _page.Generation);
        }
        finally
        {
            _file.Gate.Release();
        }
    }

    // Between writes, so that the end is the end of a line.
    private async Task<(long End, bool IsCurrent, Task Published)> LookAsync(FileStream page, int generation, CancellationToken cancellationToken)
    {
        await _file.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (page.Length, _page.Generation == generation, _published.Task);
        }
        finally
        {
            _file.Gate.Release();
        }
    }
}
