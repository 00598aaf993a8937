namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>The result of <see cref="RegularFile.TryRead"/>.</summary>
internal enum RegularFileResult
{
    /// <summary>The file was read.</summary>
    Read,

    /// <summary>The file does not exist.</summary>
    Missing,

    /// <summary>The file is a link, a pipe, a socket or a device.</summary>
    NotRegular,

    /// <summary>The file is larger than allowed.</summary>
    TooLarge,
}
