using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>Reads files that other processes create. It neither follows links nor blocks on pipes, and reads no more than the caller allows.</summary>
internal static class RegularFile
{
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int NoDeviceOrAddress = 6;
    private const int NoDevice = 19;

    // Sockets, on macOS, FreeBSD and Linux.
    private static readonly int[] NotSupported = [102, 45, 95];

    /// <summary>The flags of open(2) on this system: read-only, O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC. Null if they are not known.</summary>
    private static readonly int? OpenFlags = FlagsOfThisSystem();

    /// <summary>Reads a file.</summary>
    /// <param name="path">The absolute path.</param>
    /// <param name="maxBytes">The size of the largest file to read.</param>
    /// <param name="content">The content, if the file was read.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The process may not read the file.</exception>
    public static RegularFileResult TryRead(string path, long maxBytes, out ReadOnlyMemory<byte> content)
    {
        content = default;
        try
        {
            using var handle = Open(path);
            if (handle is null)
            {
                return RegularFileResult.NotRegular;
            }

            // A device has no length, so nothing is read from it.
            var length = RandomAccess.GetLength(handle);
            if (length > Math.Min(maxBytes, Array.MaxLength))
            {
                return RegularFileResult.TooLarge;
            }

            var bytes = GC.AllocateUninitializedArray<byte>((int)length);
            var total = 0;
            int read;
            while ((read = RandomAccess.Read(handle, bytes.AsSpan(total), total)) > 0)
            {
                total += read;
            }

            content = bytes.AsMemory(0, total);
            return RegularFileResult.Read;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return RegularFileResult.Missing;
        }
        catch (NotSupportedException)
        {
            // The file cannot seek: it is a pipe or a terminal.
            return RegularFileResult.NotRegular;
        }
    }

    /// <summary>Opens a file. Returns null if it is a link, a socket or a device.</summary>
    private static SafeFileHandle? Open(string path)
    {
        if (OpenFlags is not { } flags)
        {
            return (File.GetAttributes(path) & (FileAttributes.ReparsePoint | FileAttributes.Device)) == 0
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : null;
        }

        var terminated = Encoding.UTF8.GetBytes(path + '\0');
        int descriptor, error;
        do
        {
            descriptor = open(terminated, flags);
            error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Interrupted);

        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        if (new FileInfo(path).LinkTarget is not null || error is NoDeviceOrAddress or NoDevice || NotSupported.Contains(error))
        {
            return null;
        }

        var message = Marshal.GetPInvokeErrorMessage(error);
        throw error switch
        {
            NoEntry => new FileNotFoundException(message),
            1 or 13 => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }

    private static int? FlagsOfThisSystem()
    {
        if (OperatingSystem.IsMacOS())
        {
            return 0x100 | 0x4 | 0x1000000;
        }

        if (OperatingSystem.IsFreeBSD())
        {
            return 0x100 | 0x4 | 0x100000;
        }

        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var noFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le
            ? 0x8000
            : 0x20000;
        return noFollow | 0x800 | 0x80000;
    }

    // .NET follows links and blocks until a pipe has a writer.
    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open(byte[] path, int flags);
}
