namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>The outcome of an upload.</summary>
/// <param name="StorageUri">Where the storage has the bytes. Null if it does not have them.</param>
/// <param name="Error">Why not: one sentence, one of a bounded number. Null if it has.</param>
internal sealed record UploadResult(string? StorageUri, string? Error = null)
{
    /// <summary>The time for uploads was over.</summary>
    public static readonly UploadResult Late = new(null, "It was not uploaded within OpenlayerOptions.Attachments.MaxDelay.");

    /// <summary>Uploads are off now.</summary>
    public static readonly UploadResult Off = new(null, "OpenlayerOptions.Attachments.Upload is false.");

    /// <summary>Whether another try may succeed.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The number of bytes that were fetched. Null if they were not fetched from an address.</summary>
    public long? FetchedBytes { get; init; }

    /// <summary>The MD5 of the bytes that were fetched. Null if they were not fetched from an address.</summary>
    public string? FetchedChecksum { get; init; }
}
