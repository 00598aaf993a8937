using System.ComponentModel.DataAnnotations;
using Openlayer.Interception.Options;

namespace Openlayer.Interception;

/// <summary>
/// Whether the bytes of attachments are uploaded, and how many of them are held until they are. Name, media type, size and checksum are
/// recorded in any case; the bytes themselves are never part of a row. See docs/attachments.md.
/// </summary>
public sealed class AttachmentOptions
{
    /// <summary>
    /// Whether attachments, and images, audio and files in messages to and from models, are uploaded to the storage of the Openlayer workspace
    /// before their row is sent. Bytes are held only if it is true and rows are sent to Openlayer. Default: false.
    /// </summary>
    public bool Upload { get; set; }

    /// <summary>How the storage takes the bytes. Default: <see cref="AttachmentStorage.Automatic"/>, by the address that Openlayer returns.</summary>
    [Must("be a value of AttachmentStorage", nameof(IsStorageKnown))]
    public AttachmentStorage Storage { get; set; }

    /// <summary>
    /// Whether attachments that are only an address are fetched, without any credentials, and uploaded as well. The address can come from a
    /// user's message: turn it on only where the service may fetch every address that a user names. Has no effect if <see cref="Upload"/> is
    /// false. Default: false.
    /// </summary>
    public bool UploadUrls { get; set; }

    /// <summary>
    /// The size of the largest attachment that is read. Of a larger one the checksum is not recorded, and it is not uploaded. From 1 to
    /// 1,073,741,824. Default: 10 MiB.
    /// </summary>
    [Range(typeof(long), "1", "1073741824", ParseLimitsInInvariantCulture = true)]
    public long MaxBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The size of the largest attachment that waits for its upload in memory. A larger one waits in a temporary file, which only the user of
    /// the process can read and which ends with the process. At least 0. Default: 1 MiB.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxBytesInMemory { get; set; } = 1024 * 1024;

    /// <summary>
    /// The bytes in memory of all attachments that wait for their upload. Beyond it, attachments wait in temporary files. At least 0.
    /// Default: 32 MiB.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxTotalBytesInMemory { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// The bytes in temporary files of all attachments that wait for their upload. Beyond it, attachments are recorded without an upload. At
    /// least 0. Default: 256 MiB.
    /// </summary>
    [Range(typeof(long), "0", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxTotalBytesOnDisk { get; set; } = 256 * 1024 * 1024;

    /// <summary>The number of uploads at a time. From 1 to 100. Default: 4.</summary>
    [Range(1, 100)]
    public int MaxParallelUploads { get; set; } = 4;

    /// <summary>
    /// How long a completed row waits for the uploads of its attachments. It is then sent without those that are not uploaded, and says so.
    /// From zero to 1 day. Default: 30 seconds.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(30);

    private bool IsStorageKnown => Enum.IsDefined(Storage);
}
