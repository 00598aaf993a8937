using System.Collections.Concurrent;
using System.Diagnostics;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The rows on disk. Several processes and applications can share the folder: the first to rename a file owns it, and rows of other
/// applications are left alone. A file that is being sent has the suffix <c>.sending</c>, and only the holder of the application's lock sends.
/// The operating system releases the locks of a process that ends. Thread-safe. Disk errors are logged or returned, never thrown.
/// </summary>
internal sealed class OfflineBuffer : IDisposable
{
    private const int ParallelWrites = 8;

    // Names have 13 digits until then. A later time was not written by an SDK.
    private const long MaxTime = 9_999_000_000_000;

    private static readonly TimeSpan UnfinishedIsAbandonedAfter = TimeSpan.FromHours(1);

    // By the real clock. A process that is frozen holds the lock for longer; rows are then written without it.
    private static readonly TimeSpan MaxWaitForWriters = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WriterPollInterval = TimeSpan.FromMilliseconds(2);

    private readonly OfflineBufferSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly InternalLog _log;
    private readonly DeliveryMeter? _meter;
    private readonly BufferOwner _owner;
    private readonly BufferIndex _index;
    private readonly SetAsideFolder _setAside;
    private readonly string _folder;
    private readonly object _gate = new();
    private WriteAheadFolder? _writeAhead;
    private long _lastTime;
    private volatile bool _flushesToDisk = true;

    public OfflineBuffer(OpenlayerSettings settings, DeliveryMeter? meter, InternalLog log)
    {
        _settings = settings.OfflineBuffer;
        _timeProvider = settings.TimeProvider;
        _meter = meter;
        _log = log;
        _folder = Path.GetFullPath(_settings.Path);
        _owner = new BufferOwner(settings);
        _index = new BufferIndex(_folder, _owner, _settings.MaxBytes, log);
        _setAside = new SetAsideFolder(_folder, _settings, _owner, log);
    }

    /// <summary>
    /// Whether each file is flushed to the disk. False while the process ends, because flushing would leave no time for the last files. The
    /// operating system writes them after the process has ended. Default: true.
    /// </summary>
    public bool FlushesToDisk
    {
        get => _flushesToDisk;
        set => _flushesToDisk = value;
    }

    // The suffixes of files that are sent, and of files that are not completely written.
    private string Sending => $".{_owner.Id}.sending";

    private string Unfinished => $".{_owner.Id}.tmp";

    /// <summary>Writes rows to disk before they are sent, to a folder that other processes do not touch while this one lives.</summary>
    public void WriteAhead(IReadOnlyList<PendingRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        lock (_gate)
        {
            try
            {
                if (_writeAhead is not { Exists: true })
                {
                    _writeAhead?.Dispose();
                    MakeFolder(_folder);
                    _writeAhead = WriteAheadFolder.Create(_folder, _owner);
                    FollowNames(_index.List());
                }

                Parallel.ForEach(FilesOf(rows), new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites }, file =>
                {
                    using (file)
                    {
                        file.Row.File = Write(file, _writeAhead.Path);
                    }
                });
            }
            catch (Exception exception)
            {
                _log.Report(BufferEvents.NotWrittenAhead, Cause(exception));
            }
        }
    }

    /// <summary>Buffers rows that cannot be sent now.</summary>
    /// <returns>The rows that could not be written, and the reasons.</returns>
    public IReadOnlyCollection<(PendingRow Row, Exception Reason)> Write(IReadOnlyCollection<PendingRow> rows)
    {
        if (rows.Count == 0)
        {
            return [];
        }

        var failures = new ConcurrentQueue<(PendingRow, Exception)>();
        lock (_gate)
        {
            try
            {
                MakeFolder(_folder);
                WarnWhereOthersMayWrite();
                using var held = LockForWriting();
                FollowNames(_index.List());
                var files = FilesOf(rows).ToLookup(file => file.Length <= _settings.MaxBytes);
                foreach (var file in files[false])
                {
                    failures.Enqueue((file.Row, new IOException("The row is larger than OpenlayerOptions.OfflineBuffer.MaxBytes.")));
                }

                MakeRoom(files[true].Count(), files[true].Sum(static file => file.Length));
                Parallel.ForEach(files[true], new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites }, file =>
                {
                    try
                    {
                        using var held = file;
                        Keep(file);
                    }
                    catch (Exception exception)
                    {
                        failures.Enqueue((file.Row, exception));
                    }
                });

                // The rows themselves may exceed the limits.
                MakeRoom(0, 0);
            }
            catch (Exception exception)
            {
                return [.. rows.Select(row => (row, Cause(exception)))];
            }
        }

        return failures;
    }

    /// <summary>Deletes the file of a row that is no longer needed.</summary>
    public void Delete(PendingRow row)
    {
        if (row.File is { } file)
        {
            row.File = null;
            Try(() => File.Delete(file), BufferEvents.FileNotDeleted);
        }
    }

    /// <summary>
    /// Acquires the application's lock, which sending from the buffer requires, and returns the rows of its ended processes to the buffer.
    /// Returns null if the lock is taken or cannot be acquired, or if the folder does not exist.
    /// </summary>
    /// <param name="isBusy">Whether another holder has the lock.</param>
    public IDisposable? TryLock(out bool isBusy)
    {
        isBusy = false;
        FileStream held;
        try
        {
            if (!Directory.Exists(_folder))
            {
                return null;
            }

            held = Lock("replay");
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or FileNotFoundException))
        {
            isBusy = true;
            return null;
        }
        catch (Exception exception)
        {
            _log.Report(BufferEvents.FolderNotUsable, exception);
            return null;
        }

        WarnWhereOthersMayWrite();
        Try(Recover, BufferEvents.NotRecovered);
        return held;
    }

    /// <summary>The files of the application's waiting rows, and those that contain no row of any application. Oldest first.</summary>
    public IReadOnlyList<BufferEntry> Files() => _index.List();

    /// <summary>Whether a row of the application, or an update of it, waits in the buffer.</summary>
    /// <param name="inferenceId">The row's id.</param>
    /// <param name="before">The name of a file, before which it waits. Default: null, at any place.</param>
    public bool HasOf(string inferenceId, string? before = null) => Files().Any(file => file.Kind == BufferEntryKind.Own
        && file.InferenceId == inferenceId
        && (before is null || BufferFile.TimeOf(file.Name) < BufferFile.TimeOf(before)));

    /// <summary>Claims a row in order to send it. Requires the lock.</summary>
    public BufferClaim TryClaim(BufferEntry entry, out PendingRow? row)
    {
        row = null;
        try
        {
            switch (_index.Read(entry.Path, out var content))
            {
                case BufferEntryKind.Own:
                    var claimed = entry.Path + Sending;
                    File.Move(entry.Path, claimed);
                    row = content!.Row!;
                    row.File = claimed;
                    return BufferClaim.Claimed;
                case BufferEntryKind.Unfinished:
                    return BufferClaim.Unfinished;
                case BufferEntryKind.Unreadable or BufferEntryKind.NotRegular:
                    _setAside.Add(entry.Path, entry.Name);
                    _log.Report(BufferEvents.FileSetAside);
                    return BufferClaim.Unreadable;
            }
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process, which may use either SDK, was first.
        }
        catch (Exception exception)
        {
            _log.Report(BufferEvents.FileNotReadable, exception);
        }

        return BufferClaim.Gone;
    }

    /// <summary>Returns a claimed row to the buffer, unsent.</summary>
    /// <returns>The name under which <see cref="Files"/> lists the file.</returns>
    public string Release(PendingRow row)
    {
        var file = row.File!;
        var name = NameOf(row);
        row.File = null;
        Try(() => File.Move(file, Path.Combine(_folder, name)), BufferEvents.FileNotReleased);
        return name;
    }

    /// <summary>The name under which <see cref="Files"/> lists the file of a claimed row.</summary>
    public string NameOf(PendingRow row) => Path.GetFileName(row.File!)[..^Sending.Length];

    /// <summary>Moves a claimed row that was refused to the folder set-aside, from which nothing is sent.</summary>
    public void SetAside(PendingRow row)
    {
        var file = row.File!;
        var name = NameOf(row);
        row.File = null;
        Try(() => _setAside.Add(file, name), BufferEvents.FileNotSetAside);
    }

    public BufferStatus GetStatus()
    {
        var files = WaitingFiles();
        return new BufferStatus(
            _settings.Enabled,
            _folder,
            files.Count,
            files.Sum(static file => file.Length),
            files.Count == 0 ? null : new DateTimeOffset(files[0].Modified),
            _setAside.Files().Count);
    }

    /// <summary>Deletes the application's waiting rows and the files that were set aside.</summary>
    /// <returns>The number of waiting rows deleted.</returns>
    public int Clear()
    {
        var count = WaitingFiles().Where(static file => file.Kind != BufferEntryKind.Unfinished).Count(TryRemove);
        Try(_setAside.Clear, BufferEvents.NotCleared);
        return count;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _writeAhead?.Dispose();
            _writeAhead = null;
        }
    }

    internal static FileStreamOptions PrivateFile(FileMode mode, FileShare share)
    {
        var settings = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            settings.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return settings;
    }

    internal static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static Exception Cause(Exception exception) => exception is AggregateException { InnerException: { } inner } ? inner : exception;

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            // The file was deleted after it was listed.
            return 0;
        }
    }

    /// <summary>The files that are rows, or that another process may still be writing, or that look like rows but are none.</summary>
    private List<BufferEntry> WaitingFiles() => [.. Files().Where(static file => file.Kind != BufferEntryKind.NotRegular)];

    private FileStream Lock(string purpose) =>
        new(Path.Combine(_folder, $".{purpose}_{_owner.Id}.lock"), PrivateFile(FileMode.OpenOrCreate, FileShare.None));

    /// <summary>Waits for other processes of the application that write, so that all of them together keep the limits.</summary>
    private FileStream? LockForWriting()
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < MaxWaitForWriters; Thread.Sleep(WriterPollInterval))
        {
            try
            {
                return Lock("write");
            }
            catch (IOException)
            {
                // Another process writes.
            }
        }

        return null;
    }

    /// <summary>Lets names continue after those in the folder, because the clock may have been set back since.</summary>
    private void FollowNames(IReadOnlyList<BufferEntry> files)
    {
        var latest = files
            .Where(static file => file.Kind == BufferEntryKind.Own)
            .Select(static file => BufferFile.TimeOf(file.Name))
            .Where(static time => time < MaxTime)
            .DefaultIfEmpty()
            .Max();
        _lastTime = Math.Max(_lastTime, latest);
    }

    /// <summary>Names and writes files in memory. Their names sort in the order of the rows.</summary>
    private List<RowFile> FilesOf(IEnumerable<PendingRow> rows)
    {
        var now = _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var files = new List<RowFile>();
        foreach (var row in rows)
        {
            _lastTime = Math.Max(now, _lastTime + 1);
            var attachments = row.Attachments;
            var parts = BufferFile.Write(row, attachments, _owner, now);
            var file = new RowFile(row, BufferFile.NewName(_lastTime, row.IsUpdate), parts, BufferedAttachments.Of(attachments));
            files.Add(file.Length <= _settings.MaxBytes ? file : file.WithoutAttachments());
        }

        return files;
    }

    private void Keep(RowFile file)
    {
        if (file.Row.File is { } writtenAhead && File.Exists(writtenAhead))
        {
            var path = Path.Combine(_folder, Path.GetFileName(writtenAhead));
            File.Move(writtenAhead, path);
            file.Row.File = null;
            _index.Add(path, file.Row.InferenceId);
        }
        else
        {
            _index.Add(Write(file, _folder), file.Row.InferenceId);
        }
    }

    private string Write(RowFile file, string folder)
    {
        var path = Path.Combine(folder, file.Name);
        var unfinished = path + Unfinished;
        try
        {
            using (var stream = new FileStream(unfinished, PrivateFile(FileMode.CreateNew, FileShare.None)))
            {
                RandomAccess.Write(stream.SafeFileHandle, file.Parts, fileOffset: 0);
                file.Attachments?.WriteTo(stream.SafeFileHandle, file.PartsLength);
                stream.Flush(flushToDisk: FlushesToDisk);
            }

            File.Move(unfinished, path);
            return path;
        }
        catch
        {
            Try(() => File.Delete(unfinished), BufferEvents.FileNotDeleted);
            throw;
        }
    }

    /// <summary>Warns instead of changing the mode of an existing folder, which may be intentional. Only the owner can access the files in it.</summary>
    private void WarnWhereOthersMayWrite() => Try(
        () =>
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            {
                _log.Report(BufferEvents.FolderWritableByOthers);
            }
        },
        BufferEvents.FolderNotReadable);

    private void MakeRoom(int count, long bytes)
    {
        var files = Files().Where(static file => file.Kind == BufferEntryKind.Own).ToList();
        var sending = BufferFile.In(_folder, Sending).ToArray();
        var total = files.Sum(static file => file.Length) + sending.Sum(LengthOf);
        var left = files.Count + sending.Length;
        var dropped = 0;
        foreach (var file in files)
        {
            if (left + count <= _settings.MaxFiles && total + bytes <= _settings.MaxBytes)
            {
                break;
            }

            left--;
            total -= file.Length;
            dropped += TryRemove(file) ? 1 : 0;
        }

        if (dropped > 0)
        {
            _meter?.Dropped.Add(dropped);
            _log.Report(BufferEvents.Full);
        }
    }

    /// <summary>Deletes a file unless another process has claimed it.</summary>
    private bool TryRemove(BufferEntry file)
    {
        try
        {
            // If two processes delete a file, both succeed. If both rename it first, only one does.
            var taken = $"{file.Path}.{Guid.NewGuid():N}{Unfinished}";
            File.Move(file.Path, taken);
            File.Delete(taken);
            return true;
        }
        catch (Exception exception)
        {
            if (exception is not (FileNotFoundException or DirectoryNotFoundException))
            {
                _log.Report(BufferEvents.FileNotDeleted, exception);
            }

            return false;
        }
    }

    private void Recover()
    {
        foreach (var file in BufferFile.In(_folder, Sending).Select(static file => file.FullName).ToArray())
        {
            Try(() => File.Move(file, file[..^Sending.Length]), BufferEvents.FileNotReleased);
        }

        foreach (var file in BufferFile.In(_folder, $"*{Unfinished}").ToArray())
        {
            if ((DateTime.UtcNow - file.LastWriteTimeUtc).Duration() > UnfinishedIsAbandonedAfter)
            {
                file.Delete();
            }
        }

        WriteAheadFolder.TakeOver(_folder, _owner);
    }

    private void Try(Action action, LogEvent failure)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _log.Report(failure, exception);
        }
    }

    /// <summary>A row and the file that is to hold it.</summary>
    private sealed record RowFile(PendingRow Row, string Name, ReadOnlyMemory<byte>[] Parts, BufferedAttachments? Attachments) : IDisposable
    {
        public long PartsLength { get; } = Parts.Sum(static part => (long)part.Length);

        public long Length => PartsLength + (Attachments?.Length ?? 0);

        /// <summary>The row without the bytes of its attachments, for which there is no room.</summary>
        public RowFile WithoutAttachments()
        {
            Dispose();
            return this with { Attachments = null };
        }

        public void Dispose() => Attachments?.Dispose();
    }
}
