namespace Openlayer.Interception.Publishing.Html;

/// <summary>
/// A page of traces on disk. It is a valid page at each moment: it appears with its beginning in place, each trace is one write at its end,
/// and what an interrupted write left is removed before the next one. The gate of the file is held during each call.
/// </summary>
internal sealed class TracePageFile(SharedFile file, long maxBytes)
{
    private readonly string _previousPath = Path.ChangeExtension(file.FullPath, $".1{Path.GetExtension(file.FullPath)}");

    /// <summary>How often the page was begun anew. The traces of a new page are not in the page before.</summary>
    public int Generation { get; private set; }

    /// <summary>Appends lines. A page that has no room for the next line is renamed, and a new one begins.</summary>
    public async Task AppendAsync(IEnumerable<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        var page = await OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var line in lines)
            {
                // Cancellation takes effect between lines, never within one.
                cancellationToken.ThrowIfCancellationRequested();
                if (page.Length > TracePage.Beginning.Length && page.Length + line.Length > maxBytes)
                {
                    await page.DisposeAsync().ConfigureAwait(false);
                    File.Move(file.FullPath, _previousPath, overwrite: true);
                    page = await CreateAsync().ConfigureAwait(false);
                }

                await WriteAsync(page, line).ConfigureAwait(false);
            }
        }
        finally
        {
            await page.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Opens the page at its end. Creates it if there is none.</summary>
    /// <exception cref="IOException">The file is not a page of traces.</exception>
    public async Task<FileStream> OpenAsync(CancellationToken cancellationToken)
    {
        if (new FileInfo(file.FullPath) is not { Exists: true, Length: > 0 })
        {
            return await CreateAsync().ConfigureAwait(false);
        }

        var page = file.Open(FileMode.Open, FileAccess.ReadWrite);
        try
        {
            var beginning = new byte[TracePage.Beginning.Length];
            var read = await page.ReadAtLeastAsync(beginning, beginning.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (beginning.AsSpan().SequenceEqual(TracePage.Beginning.Span))
            {
                await RemoveUnfinishedLineAsync(page, cancellationToken).ConfigureAwait(false);
                page.Seek(0, SeekOrigin.End);
                return page;
            }

            if (!beginning.AsSpan(0, read).StartsWith(TracePage.Marker))
            {
                throw new IOException($"{file.FullPath} is not a page of traces, and is left as it is.");
            }
        }
        catch
        {
            await page.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        // Another version of the library wrote it.
        await page.DisposeAsync().ConfigureAwait(false);
        File.Move(file.FullPath, _previousPath, overwrite: true);
        return await CreateAsync().ConfigureAwait(false);
    }

    private static async Task WriteAsync(FileStream page, ReadOnlyMemory<byte> line)
    {
        var end = page.Length;
        try
        {
            await page.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The disk may be full. A file can shrink even then.
            page.SetLength(end);
            throw;
        }
    }

    /// <summary>Cuts what a process that was killed while it wrote left after the last complete line.</summary>
    private static async Task RemoveUnfinishedLineAsync(FileStream page, CancellationToken cancellationToken)
    {
        var block = new byte[64 * 1024];
        var overlap = TracePage.LineEnd.Length - 1;
        for (var end = page.Length; end > 0; end -= block.Length - overlap)
        {
            var start = Math.Max(0, end - block.Length);
            page.Seek(start, SeekOrigin.Begin);
            var content = block.AsMemory(0, (int)(end - start));
            await page.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
            var last = content.Span.LastIndexOf(TracePage.LineEnd);
            if (last >= 0)
            {
                var complete = start + last + TracePage.LineEnd.Length;
                if (complete < page.Length)
                {
                    page.SetLength(complete);
                }

                return;
            }
        }
    }

    // Written aside and renamed, so that the file never exists without its beginning.
    private async Task<FileStream> CreateAsync()
    {
        var aside = new SharedFile(file.FullPath + ".new");
        var page = aside.Open(FileMode.Create, FileAccess.ReadWrite);
        try
        {
            await page.WriteAsync(TracePage.Beginning, CancellationToken.None).ConfigureAwait(false);
            File.Move(aside.FullPath, file.FullPath, overwrite: true);
        }
        catch
        {
            await page.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        Generation++;
        return page;
    }
}
