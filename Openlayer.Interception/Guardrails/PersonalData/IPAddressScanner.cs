using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Openlayer.Interception.Guardrails.PersonalData;

/// <summary>
/// Finds IP addresses, versions 4 and 6. Not the unspecified address, loopback addresses, netmasks, and networks: an address with a prefix
/// length whose other bits are zero. Four numbers after a word such as "version" or "section" are not an address.
/// </summary>
internal static class IPAddressScanner
{
    // 45 with an address of version 4 inside; longer runs are fingerprints.
    private const int MaxLength = 48;

    private static readonly SearchValues<char> Version6 = SearchValues.Create("0123456789ABCDEFabcdef:.");

    public static void Find(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        FindVersion4(text, ref found);
        FindVersion6(text, ref found);
    }

    private static void FindVersion4(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        for (var start = 0; start < text.Length;)
        {
            var next = text[start..].IndexOfAnyInRange('0', '9');
            if (next < 0)
            {
                return;
            }

            start += next;
            var end = EndOfVersion4(text, start);
            if (end > 0 && (StartsAddress(text, start) || EndsRange(found, text, start)) && !NumberText.IsWordAt(text, end) && !(end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]))
                && IPAddress.TryParse(text[start..end], out var address) && IsPersonal(address, text, end))
            {
                (found ??= []).Add(new(start, end, PersonalDataKind.IPAddress, ConfidenceOf(text, start, address)));
            }

            start = end > 0 ? end : start + 1;
            while (start < text.Length && char.IsAsciiDigit(text[start]))
            {
                start++;
            }
        }
    }

    // In no word, no longer number, and not after the name of a product: Chrome/120.0.0.0.
    private static bool StartsAddress(ReadOnlySpan<char> text, int start) =>
        NumberText.StartsWord(text, start)
        && !(start > 1 && text[start - 1] is '.' or '/' or '-' && NumberText.IsWord(text[start - 2]));

    // The second of "192.0.2.1-192.0.2.9".
    private static bool EndsRange(List<PersonalDataMatch>? found, ReadOnlySpan<char> text, int start) =>
        start > 0 && text[start - 1] == '-' && found is [.., { Kind: PersonalDataKind.IPAddress } last] && last.End == start - 1;

    private static int EndOfVersion4(ReadOnlySpan<char> text, int start)
    {
        var index = start;
        for (var octet = 0; octet < 4; octet++)
        {
            var (first, value) = (index, 0);
            while (index < text.Length && char.IsAsciiDigit(text[index]) && index - first < 3)
            {
                value = (value * 10) + (text[index++] - '0');
            }

            // A leading zero would make it octal.
            if (index == first || value > 255 || (text[first] == '0' && index - first > 1))
            {
                return 0;
            }

            if (octet < 3 && (index == text.Length || text[index++] != '.'))
            {
                return 0;
            }
        }

        return index < text.Length && char.IsAsciiDigit(text[index]) ? 0 : index;
    }

    private static double ConfidenceOf(ReadOnlySpan<char> text, int start, IPAddress address) => ContextWords.Of(text, start, default) switch
    {
        ContextWords.Context.Version => 0.3,
        ContextWords.Context.IPAddress => 0.95,

        // The number of a section.
        _ => Array.TrueForAll(address.GetAddressBytes(), static octet => octet < 10) ? 0.6 : 0.85,
    };

    private static void FindVersion6(ReadOnlySpan<char> text, ref List<PersonalDataMatch>? found)
    {
        for (var position = 0; position < text.Length;)
        {
            var colon = text[position..].IndexOf(':');
            if (colon < 0)
            {
                return;
            }

            colon += position;
            var start = colon;
            while (start > position && Version6.Contains(text[start - 1]))
            {
                start--;
            }

            var length = text[colon..].IndexOfAnyExcept(Version6);
            var runEnd = length < 0 ? text.Length : colon + length;
            position = runEnd;

            // A full stop or colon at the end belongs to the sentence, and so does one at the start.
            var end = runEnd;
            while (end > start && (text[end - 1] == '.' || (text[end - 1] == ':' && !(end - 2 >= start && text[end - 2] == ':'))))
            {
                end--;
            }

            while (start < end && (text[start] == '.' || (text[start] == ':' && !(start + 1 < end && text[start + 1] == ':'))))
            {
                start++;
            }

            if (end - start is > 2 and <= MaxLength
                && !NumberText.IsWordAt(text, runEnd)
                && NumberText.StartsWord(text, start)
                && LooksLikeVersion6(text[start..end])
                && IPAddress.TryParse(text[start..end], out var address)
                && address.AddressFamily == AddressFamily.InterNetworkV6
                && IsPersonal(address, text, EndOfZone(text, end)))
            {
                (found ??= []).Add(new(start, end, PersonalDataKind.IPAddress, 0.9));
            }
        }
    }

    // Names in C++ and hardware addresses have its form as well.
    private static bool LooksLikeVersion6(ReadOnlySpan<char> text)
    {
        var (colons, pairs, run, hasDigit) = (0, 0, 0, false);
        foreach (var character in text)
        {
            hasDigit |= char.IsAsciiDigit(character);
            if (character == ':')
            {
                colons++;
                pairs += run == 2 ? 1 : 0;
                run = 0;
            }
            else
            {
                run++;
            }
        }

        pairs += run == 2 ? 1 : 0;
        return hasDigit && colons >= 2 && !(colons == 7 && pairs == 8);
    }

    // fe80::1%eth0
    private static int EndOfZone(ReadOnlySpan<char> text, int end)
    {
        if (end < text.Length && text[end] == '%')
        {
            end++;
            while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
            {
                end++;
            }
        }

        return end;
    }

    private static bool IsPersonal(IPAddress address, ReadOnlySpan<char> text, int end)
    {
        Span<byte> bytes = stackalloc byte[16];
        _ = address.TryWriteBytes(bytes, out var length);
        bytes = bytes[..length];
        return !IPAddress.IsLoopback(address)
            && bytes.ContainsAnyExcept((byte)0)
            && !(length == 4 && bytes[0] is 0 or 255)
            && !IsNetwork(bytes, text, end);
    }

    private static bool IsNetwork(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> text, int end)
    {
        if (end + 1 >= text.Length || text[end] != '/')
        {
            return false;
        }

        var (index, prefix) = (end + 1, 0);
        while (index < text.Length && char.IsAsciiDigit(text[index]) && index - end <= 3)
        {
            prefix = (prefix * 10) + (text[index++] - '0');
        }

        if (index == end + 1 || prefix >= bytes.Length * 8)
        {
            return false;
        }

        for (var bit = prefix; bit < bytes.Length * 8; bit++)
        {
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return false;
            }
        }

        return true;
    }
}
