namespace Openlayer.Interception.Capture.Attachments;

/// <summary>
/// A file that only this process can find, and only its user can read. It has no name, or is deleted by the system when it is closed, so that
/// nothing is left of it however the process ends.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly FileStream _file;

    private TemporaryFile(FileStream file) => _file = file;

    /// <exception cref="IOException">The folder for temporary files cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder for temporary files cannot be written to.</exception>
    public static TemporaryFile Create()
    {
        var path = Path.Combine(Path.GetTempPath(), $"openlayer-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows())
        {
            options.Options = FileOptions.DeleteOnClose;
            return new TemporaryFile(new FileStream(path, options));
        }

        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        try
        {
            // The open file needs no name.
            File.Delete(path);
            return new TemporaryFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file.SafeFileHandle, bytes, offset);

    public int Read(long offset, Span<byte> buffer) => RandomAccess.Read(_file.SafeFileHandle, buffer, offset);

    public void Dispose() => _file.Dispose();
}
