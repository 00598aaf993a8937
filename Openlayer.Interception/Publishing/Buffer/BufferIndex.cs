using System.Text;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// Lists the files of a folder, and determines which are the application's. A file is read again only if it has changed. Thread-safe.
/// </summary>
/// <param name="folder">The folder, which may not exist.</param>
/// <param name="owner">The application.</param>
/// <param name="maxBytes">The size of the largest file to read.</param>
/// <param name="log">The log.</param>
internal sealed class BufferIndex(string folder, BufferOwner owner, long maxBytes, InternalLog log)
{
    // File systems allow 255 bytes. A file that is claimed or deleted gets a longer name.
    private const int MaxNameBytes = 200;

    // The Python SDK writes files in place, so a file that was just written may be incomplete.
    private static readonly TimeSpan StillBeingWrittenFor = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private Dictionary<string, BufferEntry> _known = [];

    /// <summary>Lists the files that do not belong to other applications, oldest first.</summary>
    public IReadOnlyList<BufferEntry> List()
    {
        lock (_gate)
        {
            var known = new Dictionary<string, BufferEntry>();
            try
            {
                if (Directory.Exists(folder))
                {
                    foreach (var file in BufferFile.In(folder))
                    {
                        if (EntryOf(file) is { } entry)
                        {
                            known[entry.Name] = entry;
                        }
                    }
                }
            }
            catch (Exception exception)
            {
                log.Report(BufferEvents.FolderNotReadable, exception);
                return [];
            }

            _known = known;
            return
            [
                .. known.Values
                    .Where(static entry => entry.Kind != BufferEntryKind.Foreign)
                    .OrderBy(static entry => BufferFile.TimeOf(entry.Name))
                    .ThenBy(static entry => entry.Name, StringComparer.Ordinal),
            ];
        }
    }

    /// <summary>Adds a file that the application has written, which saves reading it.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="inferenceId">The id of the row in it.</param>
    public void Add(string path, string? inferenceId)
    {
        var file = new FileInfo(path);
        lock (_gate)
        {
            if (file.Exists)
            {
                _known[file.Name] = new BufferEntry(path, BufferEntryKind.Own, file.Length, file.LastWriteTimeUtc, inferenceId);
            }
        }
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="content">The content, if the file is the application's or no application's.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    public BufferEntryKind Read(string path, out BufferFile? content)
    {
        content = null;
        switch (RegularFile.TryRead(path, maxBytes, out var bytes))
        {
            case RegularFileResult.Missing:
                throw new FileNotFoundException();
            case RegularFileResult.NotRegular:
                return BufferEntryKind.NotRegular;
            case RegularFileResult.TooLarge:
                return BufferEntryKind.Foreign;
        }

        content = BufferFile.Read(bytes);
        return content switch
        {
            { PipelineId: not null } when !owner.Owns(content) => BufferEntryKind.Foreign,
            { Row: { } row } when row.IsUpdate == BufferFile.IsUpdate(Path.GetFileName(path))
                && Encoding.UTF8.GetByteCount(Path.GetFileName(path)) <= MaxNameBytes => BufferEntryKind.Own,
            { IsComplete: false } when IsStillBeingWritten(path) => BufferEntryKind.Unfinished,
            _ => BufferEntryKind.Unreadable,
        };
    }

    // A clock that was set back leaves files with a time in the future. None of them was just written.
    private static bool IsStillBeingWritten(string path) => (DateTime.UtcNow - File.GetLastWriteTimeUtc(path)).Duration() < StillBeingWrittenFor;

    private BufferEntry? EntryOf(FileInfo file)
    {
        try
        {
            if (file.LinkTarget is not null)
            {
                return new BufferEntry(file.FullName, BufferEntryKind.NotRegular, 0, default);
            }

            var (length, modified) = (file.Length, file.LastWriteTimeUtc);
            if (_known.TryGetValue(file.Name, out var before) && before.Kind != BufferEntryKind.Unfinished && before.Length == length && before.Modified == modified)
            {
                return before;
            }

            var kind = Read(file.FullName, out var content);
            return new BufferEntry(file.FullName, kind, length, modified, content?.Row?.InferenceId);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // The file was deleted or claimed after it was listed.
            return null;
        }
        catch (Exception exception)
        {
            log.Report(BufferEvents.FileNotReadable, exception);
            return null;
        }
    }
}
