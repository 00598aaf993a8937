using System.Buffers.Binary;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// The ids of steps: version 4 UUIDs. They must be unique but not secret, so the slow cryptographic generator is not needed. An id is made of two
/// halves, so that a step only keeps its own.
/// </summary>
internal static class StepId
{
    // Of the first half.
    private const ulong VersionBits = 0xF000;
    private const ulong Version4 = 0x4000;

    // Of the second.
    private const ulong VariantBits = 0xC000_0000_0000_0000;
    private const ulong Variant1 = 0x8000_0000_0000_0000;

    /// <summary>The half of an id in a field, which is created when it is needed. Thread-safe.</summary>
    /// <param name="half">The field. 0 as long as there is none.</param>
    public static long Half(ref long half)
    {
        var known = Volatile.Read(ref half);
        if (known != 0)
        {
            return known;
        }

        var created = NewHalf();
        var other = Interlocked.CompareExchange(ref half, created, 0);
        return other == 0 ? created : other;
    }

    /// <summary>A random id.</summary>
    public static Guid New() => Of(NewHalf(), NewHalf());

    /// <summary>The id of two halves.</summary>
    public static Guid Of(long first, long second)
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, ((ulong)first & ~VersionBits) | Version4);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[sizeof(long)..], ((ulong)second & ~VariantBits) | Variant1);
        return new Guid(bytes, bigEndian: true);
    }

    private static long NewHalf()
    {
#pragma warning disable CA5394 // The id is not a secret.
        var half = Random.Shared.NextInt64(long.MinValue, long.MaxValue);
#pragma warning restore CA5394
        return half == 0 ? 1 : half;
    }
}
