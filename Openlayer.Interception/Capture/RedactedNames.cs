using System.Buffers;
using System.Collections.Concurrent;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Decides which names are redacted: those that contain one of the given parts, ignoring case and the characters <c>_</c>, <c>-</c>,
/// <c>.</c> and space. Thread-safe.
/// </summary>
internal sealed class RedactedNames(IEnumerable<string> parts)
{
    private const int StackLimit = 128;
    private const int MaxKnown = 1_000;

    // A part that consists of separators would match every name.
    private readonly string[] _parts = [.. parts.Select(Normalize).Where(static part => part.Length > 0).Distinct(StringComparer.Ordinal)];

    // Names of parameters and properties recur. The cache is bounded, because dictionary keys can be anything.
    private readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);
    private int _knownCount;

    public bool Contains(string name)
    {
        if (_known.TryGetValue(name, out var isKnown))
        {
            return isKnown;
        }

        var contains = ContainsPart(name);
        if (name.Length <= StackLimit && Volatile.Read(ref _knownCount) < MaxKnown && _known.TryAdd(name, contains))
        {
            Interlocked.Increment(ref _knownCount);
        }

        return contains;
    }

    /// <summary>Whether two names are equal, ignoring case and separators.</summary>
    public static bool AreEquivalent(string one, string other) => string.Equals(Normalize(one), Normalize(other), StringComparison.Ordinal);

    private bool ContainsPart(string name)
    {
        var rented = name.Length > StackLimit ? ArrayPool<char>.Shared.Rent(name.Length) : null;
        var normal = rented ?? stackalloc char[StackLimit];
        normal = normal[..Normalize(name, normal)];
        var contains = false;
        foreach (var part in _parts)
        {
            if (normal.IndexOf(part.AsSpan()) >= 0)
            {
                contains = true;
                break;
            }
        }

        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return contains;
    }

    private static string Normalize(string name)
    {
        var normal = new char[name.Length];
        return new string(normal, 0, Normalize(name, normal));
    }

    private static int Normalize(ReadOnlySpan<char> name, Span<char> normal)
    {
        var length = 0;
        foreach (var character in name)
        {
            if (character is not ('_' or '-' or '.' or ' '))
            {
                normal[length++] = char.ToUpperInvariant(character);
            }
        }

        return length;
    }
}
