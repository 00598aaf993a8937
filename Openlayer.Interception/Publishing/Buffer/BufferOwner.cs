using System.Security.Cryptography;
using System.Text;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>
/// The application that buffered rows belong to: its pipeline, and the host that receives them. The API key is not part of it, because the
/// pipeline determines which keys are accepted. With the key, rows that were buffered under a wrong or rotated key would never be sent.
/// </summary>
internal sealed class BufferOwner
{
    private const int IdBytes = 8;

    public BufferOwner(OpenlayerSettings settings)
    {
        PipelineId = settings.InferencePipelineId;
        Host = settings.BaseUrl.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        Id = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Host}\n{PipelineId}")).AsSpan(0, IdBytes)).ToLowerInvariant();
    }

    /// <summary>The inference pipeline. Null if none is configured: the application then owns no rows.</summary>
    public string? PipelineId { get; }

    /// <summary>The scheme, host name and port, without credentials, path and query.</summary>
    public string Host { get; }

    /// <summary>Distinguishes the locks and temporary files of applications that share a folder.</summary>
    public string Id { get; }

    /// <summary>Whether a row is the application's. A row that names no host belongs to every host, because pipeline IDs are unique.</summary>
    public bool Owns(string pipelineId, string? host) => pipelineId == PipelineId && (host is null || host == Host);
}
