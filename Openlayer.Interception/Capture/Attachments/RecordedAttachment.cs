namespace Openlayer.Interception.Capture.Attachments;

/// <summary>An attachment whose bytes were read, as far as they are recorded.</summary>
/// <param name="Attachment">The attachment, with what its bytes say about it.</param>
/// <param name="Held">What is to be uploaded. Null if nothing is.</param>
/// <param name="Problem">Why it will not be uploaded although it should be. Null if it will, or if nothing is uploaded.</param>
internal sealed record RecordedAttachment(Attachment Attachment, HeldAttachment? Held, string? Problem);
