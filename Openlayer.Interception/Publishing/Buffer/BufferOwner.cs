using System.Security.Cryptography;
using System.Text;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The application that buffered rows belong to: its pipeline, the host that receives them, and the API key they are sent with. Thread-safe.
/// </summary>
internal sealed class BufferOwner(OpenlayerSettings settings)
{
    private const int IdBytes = 8;

    // Hashed when a file is named or read: most applications have no buffer, and the cryptographic library takes megabytes.
    private string? _id;
    private string? _keyId;

    /// <summary>The inference pipeline. Null if none is configured.</summary>
    public string? PipelineId { get; } = settings.InferencePipelineId;

    /// <summary>The scheme, host name and port, without credentials, path and query.</summary>
    public string Host { get; } = settings.BaseUrl.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    /// <summary>
    /// Distinguishes the locks, the temporary files and the rows of traces' pipelines of applications that share a folder. Processes with
    /// different keys share them.
    /// </summary>
    public string Id => _id ??= Hexadecimal(SHA256.HashData(Target));

    /// <summary>
    /// A fingerprint of the API key, which the files carry: the first 64 bits of an HMAC of host and pipeline. It tells the keys of one
    /// pipeline apart, and differs between pipelines. A fast hash is enough, because a key is random and too long to be guessed, and 64 bits
    /// do not determine it. Null without a key.
    /// </summary>
    public string? KeyId => settings.ApiKey is { Length: > 0 } key ? _keyId ??= Hexadecimal(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Target)) : null;

    private byte[] Target => Encoding.UTF8.GetBytes($"{Host}\n{PipelineId}");

    /// <summary>
    /// Whether a row is the application's: of its pipeline, or written by it for a pipeline that a trace named. A row without a host belongs to
    /// every host, because pipeline IDs are unique. A row without a fingerprint, of another SDK or an earlier version, belongs to every key.
    /// </summary>
    public bool Owns(BufferFile file) =>
        (file.PipelineId == PipelineId || (file.WriterId == Id && OpenlayerOptions.IsPipelineId(file.PipelineId)))
        && (file.Host is null || file.Host == Host)
        && (file.KeyId is null || file.KeyId == KeyId || settings.OfflineBuffer.AcceptOtherKeys);

    private static string Hexadecimal(byte[] hash) => Convert.ToHexString(hash.AsSpan(0, IdBytes)).ToLowerInvariant();
}
