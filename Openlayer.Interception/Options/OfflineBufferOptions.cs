using System.ComponentModel.DataAnnotations;
using Openlayer.Interception.Options;

namespace Openlayer.Interception;

/// <summary>
/// The buffer on disk for rows that could not be sent. It shares its format and default folder with Openlayer's other SDKs. An application
/// sends the rows of its own <see cref="OpenlayerOptions.InferencePipelineId"/>, <see cref="OpenlayerOptions.ApiKey"/> and the host of its
/// <see cref="OpenlayerOptions.BaseUrl"/>, whichever SDK wrote them, and leaves all others alone. The files contain everything recorded,
/// prompts included, but neither the API key nor headers.
/// </summary>
public sealed class OfflineBufferOptions
{
    /// <summary>Whether rows that cannot be sent are written to disk and sent later. Default: false.</summary>
    public bool Enabled { get; set; }

    /// <summary>
    /// The folder. It is created if missing, on Unix with mode 0700; files have mode 0600. Several processes may share a folder on a local
    /// disk. A relative path is resolved when the tracer is created. Default: <c>.openlayer/buffer</c> in the user's home.
    /// </summary>
    [Must("be a path", nameof(IsPath))]
    public string Path { get; set; } = System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
        ".openlayer",
        "buffer");

    /// <summary>
    /// The number of the application's files in the folder, one row each. Beyond it, the oldest are deleted and counted as dropped. Processes
    /// of the application keep the limit together. At least 1. Default: 1,000.
    /// </summary>
    [Range(1, int.MaxValue)]
    public int MaxFiles { get; set; } = 1_000;

    /// <summary>
    /// The total bytes of the application's files. Beyond it, the oldest are deleted and counted as dropped. A row that is larger by itself is
    /// not buffered, and a larger file is not read. At least 1. Default: 256 MiB.
    /// </summary>
    [Range(typeof(long), "1", "9223372036854775807", ParseLimitsInInvariantCulture = true)]
    public long MaxBytes { get; set; } = 256 * 1024 * 1024;

    /// <summary>
    /// Whether each row is written to disk as soon as its trace is complete, and deleted once it is acknowledged. The next process that uses
    /// the folder then sends what a killed process left, except traces completed in its last 50 ms. Costs one file per trace. Has no effect
    /// if <see cref="Enabled"/> is false. Default: false.
    /// </summary>
    public bool WriteAhead { get; set; }

    /// <summary>
    /// Whether rows that were buffered with another API key are the application's as well, if their pipeline and host are. Set it to true
    /// after a key was replaced, to send the rows that wait under the old one. Default: false.
    /// </summary>
    public bool AcceptOtherKeys { get; set; }

    private bool IsPath => !string.IsNullOrWhiteSpace(Path) && !Path.Contains('\0', StringComparison.Ordinal);
}
