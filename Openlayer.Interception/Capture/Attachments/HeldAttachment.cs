namespace Openlayer.Interception.Capture.Attachments;

/// <summary>An attachment in a captured value that is to be uploaded. Thread-safe.</summary>
/// <param name="attachment">The attachment, as it is recorded.</param>
/// <param name="content">Its bytes, held once for this object. Null if they are to be fetched from its address.</param>
internal sealed class HeldAttachment(Attachment attachment, AttachmentContent? content)
{
    private AttachmentContent? _content = content;

    public Attachment Attachment => attachment;

    /// <summary>The bytes. Null if they are to be fetched, or were released.</summary>
    public AttachmentContent? Content => Volatile.Read(ref _content);

    /// <summary>Releases the bytes. Further calls do nothing.</summary>
    public void Release() => Interlocked.Exchange(ref _content, null)?.Release();
}
