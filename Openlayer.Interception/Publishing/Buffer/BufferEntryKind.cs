namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>The kinds of files in the folder of the offline buffer.</summary>
internal enum BufferEntryKind
{
    /// <summary>A row of this application.</summary>
    Own,

    /// <summary>A row of another application, or a file that cannot be read. It is left alone.</summary>
    Foreign,

    /// <summary>No row yet. Another process may still be writing the file.</summary>
    Unfinished,

    /// <summary>A regular file that contains no row of any application, or that has a name of an excessive length.</summary>
    Unreadable,

    /// <summary>A link, a pipe, a socket or a device. It is never opened for reading.</summary>
    NotRegular,
}
