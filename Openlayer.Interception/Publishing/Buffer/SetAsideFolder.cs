using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>The folder of rows that Openlayer refused and of files that contain no row. Nothing is sent from it. Thread-safe.</summary>
internal sealed class SetAsideFolder(string buffer, OfflineBufferSettings settings, BufferOwner owner, InternalLog log)
{
    // Trimming the folder after every file would dominate the cost of setting one aside.
    private const int TrimInterval = 100;

    private readonly string _path = Path.Combine(buffer, "set-aside");
    private readonly BufferIndex _index = new(Path.Combine(buffer, "set-aside"), owner, settings.MaxBytes, log);
    private int _added;

    /// <summary>The files that were set aside for this application, or that contain no row of any application.</summary>
    public IReadOnlyList<BufferEntry> Files() => IsLink ? [] : _index.List();

    /// <summary>Moves a file into the folder.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name in the folder, if that is available and not too long.</param>
    public void Add(string path, string name)
    {
        if (IsLink)
        {
            throw new IOException("The folder set-aside is a link.");
        }

        OfflineBuffer.MakeFolder(_path);
        try
        {
            File.Move(path, Path.Combine(_path, name));
        }
        catch (IOException exception) when (exception is not (FileNotFoundException or DirectoryNotFoundException))
        {
            File.Move(path, Path.Combine(_path, BufferFile.NewName(BufferFile.TimeOf(name), BufferFile.IsUpdate(name))));
        }

        if (Interlocked.Increment(ref _added) % TrimInterval == 1)
        {
            foreach (var old in Files().SkipLast(settings.MaxFiles))
            {
                File.Delete(old.Path);
            }
        }
    }

    /// <summary>Deletes the files.</summary>
    public void Clear()
    {
        foreach (var file in Files())
        {
            File.Delete(file.Path);
        }
    }

    // Through a link, the files of another folder would be deleted.
    private bool IsLink => new DirectoryInfo(_path).LinkTarget is not null;
}
