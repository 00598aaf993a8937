using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>The log events of the offline buffer.</summary>
internal static class BufferEvents
{
    public static readonly LogEvent NotWrittenAhead = Error(
        500,
        nameof(NotWrittenAhead),
        "Completed traces could not be written to disk before sending (OpenlayerOptions.OfflineBuffer). They are in memory only.");

    public static readonly LogEvent FolderNotUsable = Error(
        501,
        nameof(FolderNotUsable),
        "The offline buffer cannot be sent: its folder cannot be used (OpenlayerOptions.OfflineBuffer.Path).");

    public static readonly LogEvent FolderNotReadable =
        Error(502, nameof(FolderNotReadable), "The offline buffer cannot be read (OpenlayerOptions.OfflineBuffer.Path).");

    public static readonly LogEvent FileSetAside = Warning(
        503,
        nameof(FileSetAside),
        "A file in the offline buffer is not a regular file, or is empty, truncated or in an unknown format. It was moved to the folder set-aside.");

    public static readonly LogEvent FileNotReadable =
        Error(504, nameof(FileNotReadable), "A file in the offline buffer could not be read. It is left in place.");

    public static readonly LogEvent FileNotReleased =
        Error(505, nameof(FileNotReleased), "A file of the offline buffer could not be returned to the buffer.");

    public static readonly LogEvent FileNotSetAside = Error(506, nameof(FileNotSetAside), "A file of the offline buffer could not be set aside.");

    public static readonly LogEvent FolderWritableByOthers = Warning(
        507,
        nameof(FolderWritableByOthers),
        "Other users can write to the folder of the offline buffer. Rows that they put there are sent to Openlayer (OpenlayerOptions.OfflineBuffer.Path).");

    public static readonly LogEvent Full = Warning(
        508,
        nameof(Full),
        "The offline buffer is full. Its oldest rows are deleted and counted as dropped (OpenlayerOptions.OfflineBuffer.MaxFiles and MaxBytes).");

    public static readonly LogEvent FileNotDeleted =
        Error(509, nameof(FileNotDeleted), "A file of the offline buffer could not be deleted. Its row may be sent twice.");

    public static readonly LogEvent NotRecovered =
        Error(510, nameof(NotRecovered), "Files that another process left in the offline buffer could not be recovered.");

    public static readonly LogEvent NotCleared = Error(511, nameof(NotCleared), "The offline buffer could not be cleared.");

    private static LogEvent Error(int id, string name, string message) => new(LogEvent.Buffer, id, name, LogLevel.Error, message);

    private static LogEvent Warning(int id, string name, string message) => new(LogEvent.Buffer, id, name, LogLevel.Warning, message);
}
