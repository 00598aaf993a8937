namespace Openlayer.Interception.Options;

/// <summary>The part of <see cref="OpenlayerSettings"/> for the offline buffer: an immutable copy of valid <see cref="OfflineBufferOptions"/>.</summary>
internal sealed class OfflineBufferSettings(OfflineBufferOptions options)
{
    public bool Enabled { get; } = options.Enabled;

    public string Path { get; } = System.IO.Path.GetFullPath(options.Path.Trim());

    public int MaxFiles { get; } = options.MaxFiles;

    public long MaxBytes { get; } = options.MaxBytes;

    public bool WriteAhead { get; } = options.WriteAhead;

    public bool AcceptOtherKeys { get; } = options.AcceptOtherKeys;
}
