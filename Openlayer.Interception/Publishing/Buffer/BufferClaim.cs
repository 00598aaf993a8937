namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>What became of the wish to send a file.</summary>
internal enum BufferClaim
{
    /// <summary>It is the caller's.</summary>
    Claimed,

    /// <summary>It is gone, or cannot be had: another process was first.</summary>
    Gone,

    /// <summary>It is no row, and was set aside.</summary>
    Unreadable,

    /// <summary>It is no row yet: another process may be writing it.</summary>
    Unfinished,
}
