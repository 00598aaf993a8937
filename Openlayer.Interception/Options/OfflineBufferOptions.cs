namespace Openlayer.Interception;

/// <summary>
/// Where rows that could not be sent are kept, in the format and the place of Openlayer's Python SDK: either SDK sends what the other
/// left. The files hold what was recorded, prompts included; neither the API key nor headers.
/// </summary>
public sealed class OfflineBufferOptions
{
    /// <summary>Whether rows that cannot be sent are kept on disk and sent later. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// The folder. Default: <c>.openlayer/buffer</c> in the user's home. It is made where it is missing, on Unix for its owner alone (0700);
    /// the files are 0600. Several processes may share one on a local disk.
    /// </summary>
    public string Path { get; set; } = System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        ".openlayer",
        "buffer");

    /// <summary>How many files the folder may hold, one row each; over that the oldest are deleted and counted as dropped. Default: 1,000. At least 1.</summary>
    public int MaxFiles { get; set; } = 1_000;

    /// <summary>How many bytes the files may take together; over that as over <see cref="MaxFiles"/>. Default: 256 MiB. At least 1.</summary>
    public long MaxBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// Whether every row is written to disk as soon as its trace is complete, and deleted once it is acknowledged. What was complete 50 ms
    /// before a process is killed is then sent by the next one that uses the folder. Costs a file a trace. Without effect where
    /// <see cref="Enabled"/> is false. Default: false.
    /// </summary>
    public bool WriteAhead { get; set; }
}
