namespace Openlayer.Interception.Tracing;

/// <summary>The ids of steps.</summary>
internal static class StepId
{
    /// <summary>Creates a version 4 UUID. An id must be unique but not secret, so the slow cryptographic generator is not needed.</summary>
    public static string New()
    {
        Span<byte> bytes = stackalloc byte[16];
#pragma warning disable CA5394 // The id is not a secret.
        Random.Shared.NextBytes(bytes);
#pragma warning restore CA5394
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }
}
