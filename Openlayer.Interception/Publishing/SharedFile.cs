using System.Collections.Concurrent;

namespace Openlayer.Interception.Publishing;

/// <summary>A file that publishers append to. All publishers of a path share its gate. Thread-safe.</summary>
internal sealed class SharedFile
{
    // Paths that differ only in case may name the same file. Sharing a gate needlessly is harmless.
    private static readonly ConcurrentDictionary<string, SemaphoreSlim> Gates = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="path">The path. A relative path is resolved now.</param>
    /// <exception cref="ArgumentException">The path is null, empty or not a valid path.</exception>
    public SharedFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FullPath = Path.GetFullPath(path);
        Gate = Gates.GetOrAdd(FullPath, static _ => new SemaphoreSlim(1, 1));
    }

    public string FullPath { get; }

    /// <summary>Held while the file is written.</summary>
    public SemaphoreSlim Gate { get; }

    /// <summary>Opens the file unbuffered. Creates missing folders. On Unix, only the owner can access a file that this creates.</summary>
    public FileStream Open(FileMode mode, FileAccess access)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(FullPath)!);
        return new FileStream(FullPath, OwnerOnly(mode, access));
    }

    /// <summary>The options to open a file that can be read, moved and deleted meanwhile.</summary>
    public static FileStreamOptions OwnerOnly(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = FileShare.ReadWrite | FileShare.Delete,
            Options = FileOptions.Asynchronous,

            // Unbuffered: each write reaches the file as it is.
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode != FileMode.Open)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
