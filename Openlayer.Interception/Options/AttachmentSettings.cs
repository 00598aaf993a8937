namespace Openlayer.Interception.Options;

/// <summary>An immutable copy of valid <see cref="AttachmentOptions"/>.</summary>
/// <param name="options">The options.</param>
/// <param name="sendsRows">Whether rows are sent to Openlayer, so that there is anything to upload for.</param>
internal sealed class AttachmentSettings(AttachmentOptions options, bool sendsRows)
{
    public bool Upload { get; } = options.Upload && sendsRows;

    public AttachmentStorage Storage { get; } = options.Storage;

    public bool UploadUrls { get; } = options.Upload && options.UploadUrls && sendsRows;

    public long MaxBytes { get; } = options.MaxBytes;

    public long MaxBytesInMemory { get; } = options.MaxBytesInMemory;

    public long MaxTotalBytesInMemory { get; } = options.MaxTotalBytesInMemory;

    public long MaxTotalBytesOnDisk { get; } = options.MaxTotalBytesOnDisk;

    public int MaxParallelUploads { get; } = options.MaxParallelUploads;

    public TimeSpan MaxDelay { get; } = options.MaxDelay;
}
