namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>The result of claiming a file in order to send it.</summary>
internal enum BufferClaim
{
    /// <summary>The caller owns the file.</summary>
    Claimed,

    /// <summary>The file is gone or cannot be moved: another process claimed it first.</summary>
    Gone,

    /// <summary>The file contains no valid row, and was set aside.</summary>
    Unreadable,

    /// <summary>The file contains no valid row yet. Another process may still be writing it.</summary>
    Unfinished,
}
