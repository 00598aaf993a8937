using System.Buffers;
using System.Collections.Concurrent;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The rows on disk. A file's fate is decided by whoever renames it first, so that several processes can share the folder: one that is
/// being sent is called <c>.sending</c>, and only the holder of the folder's lock sends. The locks are the operating system's: they end
/// with their process. Thread-safe. Throws nothing because of the disk.
/// </summary>
internal sealed class OfflineBuffer : IDisposable
{
    private const string Sending = ".sending";
    private const string Unfinished = ".tmp";
    private const string LockName = ".replay.lock";
    private const int ParallelWrites = 8;

    // Looking through the folder each time would take longer than all else.
    private const int TrimmedAfter = 100;

    private static readonly TimeSpan UnfinishedIsAbandonedAfter = TimeSpan.FromHours(1);

    // The Python SDK writes its files in place.
    private static readonly TimeSpan StillBeingWrittenFor = TimeSpan.FromSeconds(5);

    private readonly OfflineBufferSettings _settings;
    private readonly TimeProvider _timeProvider;
    private readonly InternalLog _faults;
    private readonly DeliveryMeter? _meter;
    private readonly string _folder;
    private readonly string _setAsideFolder;
    private readonly object _gate = new();
    private WriteAheadFolder? _writeAhead;
    private int _setAside;
    private volatile bool _isHurried;

    public OfflineBuffer(OpenlayerSettings settings, DeliveryMeter? meter, InternalLog faults)
    {
        _settings = settings.OfflineBuffer;
        _timeProvider = settings.TimeProvider;
        _meter = meter;
        _faults = faults;
        _folder = Path.GetFullPath(_settings.Path);
        _setAsideFolder = Path.Combine(_folder, "set-aside");
    }

    /// <summary>
    /// Whether the process is about to end: what is written is left to the operating system, which outlives the process, because waiting
    /// for the disk file by file would leave no time for the last ones.
    /// </summary>
    public bool IsHurried
    {
        get => _isHurried;
        set => _isHurried = value;
    }

    /// <summary>Puts rows on disk before they are sent, in a folder that others leave alone while this process lives.</summary>
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
                _faults.Report(BufferEvents.NotWrittenAhead, Cause(exception));
            }
        }
    }

    /// <summary>Keeps rows that cannot be sent now.</summary>
    /// <returns>Those that could not be written, each with what kept it from it.</returns>
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

                // What one row takes is known when it is written: with its config it may be more than was made room for.
                MakeRoom(0, 0);
            }
            catch (Exception exception)
            {
                return [.. rows.Select(row => (row, Cause(exception)))];
            }
        }

        return failures;
    }

    /// <summary>Deletes the file of a row that needs it no longer.</summary>
    public void Delete(PendingRow row)
    {
        if (row.File is { } file)
        {
            row.File = null;
            Try(() => File.Delete(file), BufferEvents.FileNotDeleted);
        }
    }

    /// <summary>
    /// Takes the lock without which nothing is sent from here, and gives back what processes that are gone had in hand. Null where another
    /// has it, or where there is no folder.
    /// </summary>
    /// <param name="isBusy">Whether another has the lock.</param>
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
            _faults.Report(BufferEvents.FolderNotUsable, exception);
            return null;
        }

        WarnWhereOthersMayWrite();
        Try(Recover, BufferEvents.NotRecovered);
        return held;
    }

    /// <summary>The rows that wait, the oldest first.</summary>
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
            _faults.Report(BufferEvents.FolderNotReadable, exception);
            return [];
        }
    }

    /// <summary>Takes a row to be sent. Only under the lock.</summary>
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
            _faults.Report(BufferEvents.FileSetAside);
            return BufferClaim.Unreadable;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process of either SDK was first.
        }
        catch (Exception exception)
        {
            _faults.Report(BufferEvents.FileNotReadable, exception);
            Try(() => File.Move(claimed, file.FullName), BufferEvents.FileNotReleased);
        }

        return BufferClaim.Gone;
    }

    /// <summary>Gives a claimed row back: it was not sent.</summary>
    /// <returns>The file's name, as <see cref="Files"/> will give it.</returns>
    public string Release(PendingRow row)
    {
        var file = row.File!;
        var name = NameOf(row);
        row.File = null;
        Try(() => File.Move(file, Path.Combine(_folder, name)), BufferEvents.FileNotReleased);
        return name;
    }

    /// <summary>The name that a claimed row's file has among <see cref="Files"/>.</summary>
    public static string NameOf(PendingRow row) => Path.GetFileName(row.File!)[..^Sending.Length];

    /// <summary>Puts a claimed row where nothing sends it: it was refused.</summary>
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

    /// <summary>Deletes the rows that wait and the files that were set aside.</summary>
    /// <returns>How many rows waited.</returns>
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
            // Gone since it was listed.
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

    /// <summary>A folder that was there keeps its mode: whoever made it may have meant it. The files in it are their owner's alone.</summary>
    private void WarnWhereOthersMayWrite() => Try(
        () =>
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(_folder) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            {
                _faults.Report(BufferEvents.FolderWritableByOthers);
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
            _faults.Report(BufferEvents.Full);
        }
    }

    /// <summary>Deletes a file that nobody else has taken.</summary>
    private bool TryRemove(FileInfo file)
    {
        try
        {
            // Of two that delete, both succeed; of two that rename, one does.
            var taken = $"{file.FullName}.{Guid.NewGuid():N}{Unfinished}";
            File.Move(file.FullName, taken);
            File.Delete(taken);
            return true;
        }
        catch (Exception exception)
        {
            if (exception is not (FileNotFoundException or DirectoryNotFoundException))
            {
                _faults.Report(BufferEvents.FileNotDeleted, exception);
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
        if (Interlocked.Increment(ref _setAside) % TrimmedAfter == 1)
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
            _faults.Report(failure, exception);
        }
    }
}
