using System.Buffers;
using System.Collections.Concurrent;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The rows on disk. Several processes can share the folder: the first to rename a file owns it. A file that is being sent has the suffix
/// <c>.sending</c>, and only the holder of the folder's lock sends. The operating system releases the locks of a process that ends.
/// Thread-safe. Disk errors are logged or returned, never thrown.
/// </summary>
internal sealed class OfflineBuffer : IDisposable
{
    private const string Sending = ".sending";
    private const string Unfinished = ".tmp";
    private const string LockName = ".replay.lock";
    private const int ParallelWrites = 8;

    // Trimming the folder after every file would dominate the cost of setting one aside.
    private const int TrimInterval = 100;

    private static readonly TimeSpan UnfinishedIsAbandonedAfter = TimeSpan.FromHours(1);

    // The Python SDK writes files in place, so a file that was just written may be incomplete.
    private static readonly TimeSpan StillBeingWrittenFor = TimeSpan.FromSeconds(5);

    private readonly OfflineBufferSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly InternalLog _log;
    private readonly DeliveryMeter? _meter;
    private readonly string _folder;
    private readonly string _setAsideFolder;
    private readonly object _gate = new();
    private WriteAheadFolder? _writeAhead;
    private int _setAside;
    private volatile bool _isHurried;

    public OfflineBuffer(OpenlayerSettings settings, DeliveryMeter? meter, InternalLog log)
    {
        _settings = settings.OfflineBuffer;
        _timeProvider = settings.TimeProvider;
        _meter = meter;
        _log = log;
        _folder = Path.GetFullPath(_settings.Path);
        _setAsideFolder = Path.Combine(_folder, "set-aside");
    }

    /// <summary>
    /// Whether the process is about to end. Files are then not flushed to the disk one by one, which would leave no time for the last ones.
    /// The operating system writes them after the process has ended.
    /// </summary>
    public bool IsHurried
    {
        get => _isHurried;
        set => _isHurried = value;
    }

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
                    _writeAhead = WriteAheadFolder.Create(_folder);
                }

                Parallel.ForEach(rows, new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites }, row =>
                    row.File = WriteFile(_writeAhead.Path, row));
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
                MakeRoom(rows.Count, rows.Sum(static row => (long)row.Json.Length));
                Parallel.ForEach(rows, new ParallelOptions { MaxDegreeOfParallelism = ParallelWrites }, row =>
                {
                    try
                    {
                        Keep(row);
                    }
                    catch (Exception exception)
                    {
                        failures.Enqueue((row, exception));
                    }
                });

                // A file is larger than its row, because it includes the config, and may exceed the room made for it.
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
    /// Acquires the folder's lock, which sending from the buffer requires, and returns the rows of ended processes to the buffer. Returns
    /// null if the lock is taken or cannot be acquired, or if the folder does not exist.
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

            held = new FileStream(Path.Combine(_folder, LockName), PrivateFile(FileMode.OpenOrCreate, FileShare.None));
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

    /// <summary>The files of the waiting rows, oldest first.</summary>
    public IReadOnlyList<FileInfo> Files()
    {
        try
        {
            return Directory.Exists(_folder)
                ? [.. new DirectoryInfo(_folder).EnumerateFiles(BufferFile.Pattern).OrderBy(static file => file.Name, StringComparer.Ordinal)]
                : [];
        }
        catch (Exception exception)
        {
            _log.Report(BufferEvents.FolderNotReadable, exception);
            return [];
        }
    }

    /// <summary>Claims a row in order to send it. Requires the lock.</summary>
    public BufferClaim TryClaim(FileInfo file, out PendingRow? row)
    {
        row = null;
        var claimed = file.FullName + Sending;
        try
        {
            File.Move(file.FullName, claimed, overwrite: true);
            var content = new FileInfo(claimed);
            if (content.Length <= Math.Max(_settings.MaxBytes, int.MaxValue / 4) && BufferFile.TryRead(File.ReadAllBytes(claimed), out row))
            {
                row.File = claimed;
                return BufferClaim.Claimed;
            }

            if (DateTime.UtcNow - content.LastWriteTimeUtc < StillBeingWrittenFor)
            {
                File.Move(claimed, file.FullName);
                return BufferClaim.Unfinished;
            }

            SetAside(claimed, file.Name);
            _log.Report(BufferEvents.FileSetAside);
            return BufferClaim.Unreadable;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process, which may use either SDK, was first.
        }
        catch (Exception exception)
        {
            _log.Report(BufferEvents.FileNotReadable, exception);
            Try(() => File.Move(claimed, file.FullName), BufferEvents.FileNotReleased);
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
    public static string NameOf(PendingRow row) => Path.GetFileName(row.File!)[..^Sending.Length];

    /// <summary>Moves a claimed row that was refused to the folder set-aside, from which nothing is sent.</summary>
    public void SetAside(PendingRow row)
    {
        var file = row.File!;
        var name = NameOf(row);
        row.File = null;
        Try(() => SetAside(file, name), BufferEvents.FileNotSetAside);
    }

    public BufferStatus GetStatus()
    {
        var files = Files();
        var setAside = 0;
        Try(
            () => setAside = Directory.Exists(_setAsideFolder) ? Directory.EnumerateFiles(_setAsideFolder).Count() : 0,
            BufferEvents.FolderNotReadable);
        return new BufferStatus(
            _settings.Enabled,
            _folder,
            files.Count,
            files.Sum(LengthOf),
            files.Count == 0 ? null : new DateTimeOffset(files[0].LastWriteTimeUtc),
            setAside);
    }

    /// <summary>Deletes the waiting rows and the files that were set aside.</summary>
    /// <returns>The number of waiting rows deleted.</returns>
    public int Clear()
    {
        var count = Files().Count(TryRemove);
        Try(
            () =>
            {
                if (Directory.Exists(_setAsideFolder))
                {
                    Directory.Delete(_setAsideFolder, recursive: true);
                }
            },
            BufferEvents.NotCleared);
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

    private void Keep(PendingRow row)
    {
        if (row.Json.Length > _settings.MaxBytes)
        {
            throw new IOException("The row is larger than OpenlayerOptions.OfflineBuffer.MaxBytes.");
        }

        if (row.File is { } writtenAhead && File.Exists(writtenAhead))
        {
            File.Move(writtenAhead, Path.Combine(_folder, Path.GetFileName(writtenAhead)));
            row.File = null;
        }
        else
        {
            WriteFile(_folder, row);
        }
    }

    private string WriteFile(string folder, PendingRow row)
    {
        var now = _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        var content = new ArrayBufferWriter<byte>(row.Json.Length + 1024);
        BufferFile.Write(content, row, now);
        var path = Path.Combine(folder, BufferFile.NewName(now));
        var unfinished = path + Unfinished;
        try
        {
            using (var file = new FileStream(unfinished, PrivateFile(FileMode.CreateNew, FileShare.None)))
            {
                file.Write(content.WrittenSpan);
                file.Flush(flushToDisk: !IsHurried);
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
        var files = Files();
        var total = files.Sum(LengthOf);
        var left = files.Count;
        var dropped = 0;
        foreach (var file in files)
        {
            if (left + count <= _settings.MaxFiles && total + bytes <= _settings.MaxBytes)
            {
                break;
            }

            left--;
            total -= LengthOf(file);
            dropped += TryRemove(file) ? 1 : 0;
        }

        if (dropped > 0)
        {
            _meter?.Dropped.Add(dropped);
            _log.Report(BufferEvents.Full);
        }
    }

    /// <summary>Deletes a file unless another process has claimed it.</summary>
    private bool TryRemove(FileInfo file)
    {
        try
        {
            // If two processes delete a file, both succeed. If both rename it first, only one does.
            var taken = $"{file.FullName}.{Guid.NewGuid():N}{Unfinished}";
            File.Move(file.FullName, taken);
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
        foreach (var file in Directory.EnumerateFiles(_folder, $"{BufferFile.Pattern}{Sending}").ToArray())
        {
            File.Move(file, file[..^Sending.Length], overwrite: true);
        }

        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles($"*{Unfinished}").ToArray())
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > UnfinishedIsAbandonedAfter)
            {
                file.Delete();
            }
        }

        WriteAheadFolder.TakeOver(_folder);
    }

    private void SetAside(string file, string name)
    {
        MakeFolder(_setAsideFolder);
        File.Move(file, Path.Combine(_setAsideFolder, name), overwrite: true);
        if (Interlocked.Increment(ref _setAside) % TrimInterval == 1)
        {
            foreach (var old in new DirectoryInfo(_setAsideFolder).GetFiles().OrderByDescending(static kept => kept.LastWriteTimeUtc).Skip(_settings.MaxFiles))
            {
                old.Delete();
            }
        }
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
}
