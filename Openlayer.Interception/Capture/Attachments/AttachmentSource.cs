namespace Openlayer.Interception.Capture.Attachments;

/// <summary>Where the bytes of an attachment come from.</summary>
internal abstract class AttachmentSource
{
    /// <summary>The number of bytes, if it is known without reading them.</summary>
    public virtual long? Length => null;

    /// <summary>Whether reading has no effect on anything else: a stream is only read when the application attaches it.</summary>
    public virtual bool CanBeRead => true;

    /// <summary>The media type by how the bytes start, if that is known without reading a file or a stream. Null if it is not known.</summary>
    public virtual string? MediaType => null;

    /// <summary>The name of the file that the bytes come from, without its folder. Null if they come from none.</summary>
    public virtual string? FileName => null;

    /// <summary>Reads the bytes, and keeps them if they will be uploaded.</summary>
    public virtual ReadAttachment Read(AttachmentStore store)
    {
        var reader = new AttachmentReader(store);
        ReadTo(reader);
        return reader.Complete();
    }

    /// <summary>Passes all bytes to a reader, as long as it takes them.</summary>
    public abstract void ReadTo(AttachmentReader reader);
}
