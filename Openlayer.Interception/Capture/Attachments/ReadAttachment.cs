namespace Openlayer.Interception.Capture.Attachments;

/// <summary>What was read of the bytes of an attachment.</summary>
/// <param name="Length">The number of bytes.</param>
/// <param name="ChecksumMd5">Their MD5, as hexadecimal digits. Null if they were not all read.</param>
/// <param name="MediaType">Their media type, by how they start. Null if it is not known.</param>
internal sealed record ReadAttachment(long Length, string? ChecksumMd5, string? MediaType)
{
    /// <summary>The bytes, held once for the caller. Null if they will not be uploaded.</summary>
    public AttachmentContent? Content { get; init; }

    /// <summary>Why the bytes will not be uploaded although they should be. Null if they will, or if nothing is uploaded.</summary>
    public string? Problem { get; init; }
}
