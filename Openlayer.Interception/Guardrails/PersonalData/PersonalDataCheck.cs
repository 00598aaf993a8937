using System.Text;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>One check: puts tokens in place of personal data, and counts what it finds, by kind. Keeps nothing of what it finds.</summary>
/// <param name="options">What happens with each kind.</param>
internal sealed class PersonalDataCheck(PersonalDataOptions options)
{
    private static readonly PersonalDataKind[] Kinds = Enum.GetValues<PersonalDataKind>();

    private readonly int[] _counts = new int[Kinds.Length];
    private readonly bool[] _unmodifiable = new bool[Kinds.Length];

    /// <summary>Whether there was a text.</summary>
    public bool HasText { get; private set; }

    /// <summary>Whether a value was too deep or too large to be checked to its end.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>How much was found so far.</summary>
    public int Count => _counts.Sum();

    /// <summary>The names of the kinds that were found and are not allowed.</summary>
    public string[] Detected => Names(kind => _counts[(int)kind] > 0);

    /// <summary>Those of them that are blocked.</summary>
    public string[] Blocked => Names(kind => _counts[(int)kind] > 0 && options[kind] == PersonalDataAction.Block);

    /// <summary>Those of them that are redacted.</summary>
    public string[] Redacted => Names(kind => _counts[(int)kind] > 0 && options[kind] == PersonalDataAction.Redact);

    /// <summary>Those of them that stand where no token can be put.</summary>
    public string[] Unmodifiable => Names(kind => _unmodifiable[(int)kind]);

    /// <summary>How often each kind was found, by name.</summary>
    public Dictionary<string, object?> Counts => Kinds.Where(kind => _counts[(int)kind] > 0)
        .ToDictionary(PersonalDataNames.Of, kind => (object?)_counts[(int)kind], StringComparer.Ordinal);

    /// <summary>The text with tokens. The same instance if nothing is found.</summary>
    /// <param name="text">The text.</param>
    /// <param name="label">The name under which it stands.</param>
    public string Redact(string text, string label) => Redact([text], label)[0];

    /// <summary>Texts that are pieces of one. What is split between pieces is replaced in the one in which it starts.</summary>
    public IReadOnlyList<string> Redact(IReadOnlyList<string> pieces, string label)
    {
        var whole = pieces.Count == 1 ? pieces[0] : string.Concat(pieces);
        HasText |= whole.AsSpan().ContainsAnyExcept(' ', '\r', '\n');
        if (IsData(whole) || PersonalDataFinder.Find(whole, label, options.ConfidenceThreshold) is not { } found)
        {
            return pieces;
        }

        found.RemoveAll(match => options[match.Kind] == PersonalDataAction.Allow);
        found.ForEach(match => _counts[(int)match.Kind]++);
        return found.Count == 0 ? pieces : Replace(pieces, whole, found);
    }

    /// <summary>Says that no token could be put where something was found.</summary>
    /// <param name="before">What <see cref="Snapshot"/> returned before it was found.</param>
    public void MarkUnmodifiable(int[] before)
    {
        // Nothing is new if it was found in the same object before.
        var isNew = !before.AsSpan().SequenceEqual(_counts);
        foreach (var kind in Kinds)
        {
            _unmodifiable[(int)kind] |= _counts[(int)kind] > (isNew ? before[(int)kind] : 0);
        }
    }

    public void MarkIncomplete() => IsIncomplete = true;

    public int[] Snapshot() => (int[])_counts.Clone();

    private static string[] Names(Func<PersonalDataKind, bool> isSelected) => [.. Kinds.Where(isSelected).Select(PersonalDataNames.Of)];

    // Encoded media have no text.
    private static bool IsData(string text) => text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) && text.AsSpan(0, Math.Min(text.Length, 128)).IndexOf(";base64,") > 0;

    private static string[] Replace(IReadOnlyList<string> pieces, string whole, List<PersonalDataMatch> found)
    {
        var result = new string[pieces.Count];
        var builder = new StringBuilder();
        var (match, start) = (0, 0);
        for (var piece = 0; piece < result.Length; piece++)
        {
            var end = start + pieces[piece].Length;
            var position = start;
            var isChanged = false;
            builder.Clear();
            for (; match < found.Count && found[match].Start < end; match++)
            {
                var (from, to, kind, _) = found[match];
                isChanged = true;
                if (from >= start)
                {
                    builder.Append(whole, position, from - position).Append(PersonalDataNames.TokenOf(kind));
                }

                position = Math.Min(to, end);
                if (to > end)
                {
                    break;
                }
            }

            result[piece] = isChanged ? builder.Append(whole, position, end - position).ToString() : pieces[piece];
            start = end;
        }

        return result;
    }
}
