using Openlayer.Interception.Capture.Redaction;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds personal data in a text. Each kind has a scanner, which goes through the text once and looks a bounded distance back and ahead, so
/// that the time is linear in the text's length.
/// </summary>
internal static class PersonalDataFinder
{
    // "a@b.cd", "::2" and shorter ones aside: what is shorter has none.
    private const int MinLength = 3;

    // Of two that overlap, the earlier one in this list is right: an address or key can contain what looks like a number of a phone.
    private static readonly PersonalDataKind[] Precedence =
    [
        PersonalDataKind.ApiKey, PersonalDataKind.Email, PersonalDataKind.Iban, PersonalDataKind.CreditCard, PersonalDataKind.IPAddress, PersonalDataKind.Phone,
    ];

    /// <summary>The personal data in a text, in order and without overlaps. Null if there is none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="label">The name under which the text stands, such as that of a property. Empty if there is none.</param>
    /// <param name="threshold">The lowest confidence that counts.</param>
    public static List<PersonalDataMatch>? Find(ReadOnlySpan<char> text, ReadOnlySpan<char> label, double threshold)
    {
        if (text.Length < MinLength)
        {
            return null;
        }

        List<PersonalDataMatch>? found = null;
        EmailScanner.Find(text, ref found);
        if (NumberText.HasDigit(text))
        {
            IbanScanner.Find(text, ref found);
            CardScanner.Find(text, label, ref found);
            IPAddressScanner.Find(text, ref found);
            PhoneScanner.Find(text, label, ref found);
        }

        FindKeys(text, ref found);
        found?.RemoveAll(match => match.Confidence < threshold);
        return found is { Count: > 0 } ? WithoutOverlaps(found) : null;
    }

    private static void FindKeys(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        var keys = new KeyCandidates(text, isCut: false);
        var last = 0;
        while (keys.MoveNext())
        {
            if (keys.Current >= last && KeyForms.Find(text, keys.Current, isCut: false) is { End: > 0 } key)
            {
                (found ??= []).Add(new(key.Start, key.End, PersonalDataKind.ApiKey, 0.95));
                last = key.End;
            }
        }
    }

    private static List<PersonalDataMatch> WithoutOverlaps(List<PersonalDataMatch> found)
    {
        found.Sort(static (one, other) => one.Start.CompareTo(other.Start));
        var result = new List<PersonalDataMatch>(found.Count);
        foreach (var match in found)
        {
            if (result.Count == 0 || result[^1].End <= match.Start)
            {
                result.Add(match);
            }
            else if (Array.IndexOf(Precedence, match.Kind) < Array.IndexOf(Precedence, result[^1].Kind))
            {
                result[^1] = match;
            }
        }

        return result;
    }
}
