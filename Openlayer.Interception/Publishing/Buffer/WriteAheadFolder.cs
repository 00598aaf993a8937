using System.Globalization;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The folder where a process writes its rows before they are sent. The process holds the folder's lock while it lives. Afterwards the
/// process of the same application that acquires the lock takes over the rows.
/// </summary>
internal sealed class WriteAheadFolder : IDisposable
{
    private const string Prefix = ".live_";
    private const string LockName = "owner.lock";

    private readonly FileStream _lock;

    private WriteAheadFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public bool Exists => Directory.Exists(Path);

    /// <param name="buffer">The offline buffer's folder.</param>
    /// <param name="owner">The application.</param>
    public static WriteAheadFolder Create(string buffer, BufferOwner owner)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{owner.Id}_{Environment.ProcessId}_{Guid.NewGuid():N}");
        var path = System.IO.Path.Combine(buffer, name);

        // The folder is locked before it gets the name that other processes look for.
        var hidden = System.IO.Path.Combine(buffer, $".new{name}");
        OfflineBuffer.MakeFolder(hidden);
        var held = new FileStream(System.IO.Path.Combine(hidden, LockName), OfflineBuffer.PrivateFile(FileMode.OpenOrCreate, FileShare.None));
        Directory.Move(hidden, path);
        return new WriteAheadFolder(path, held);
    }

    /// <summary>Moves the rows of the application's ended processes into the buffer.</summary>
    /// <param name="buffer">The offline buffer's folder.</param>
    /// <param name="owner">The application.</param>
    public static void TakeOver(string buffer, BufferOwner owner)
    {
        foreach (var folder in new DirectoryInfo(buffer).GetDirectories($"{Prefix}{owner.Id}_*"))
        {
            if (folder.LinkTarget is not null)
            {
                continue;
            }

            try
            {
                using (new FileStream(System.IO.Path.Combine(folder.FullName, LockName), OfflineBuffer.PrivateFile(FileMode.OpenOrCreate, FileShare.None)))
                {
                    foreach (var file in BufferFile.In(folder.FullName).ToArray())
                    {
                        file.MoveTo(System.IO.Path.Combine(buffer, file.Name));
                    }

                    folder.Delete(recursive: true);
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The owner is still running, or the folder belongs to another user.
            }
        }
    }

    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            // A folder with rows is kept. The next process takes them over.
            if (Directory.Exists(Path) && !BufferFile.In(Path).Any())
            {
                Directory.Delete(Path, recursive: true);
            }
        }
        catch (IOException)
        {
            // Another process is taking it over.
        }
    }
}
