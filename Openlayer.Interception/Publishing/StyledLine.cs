using System.Text;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// A line of texts in several styles. Control characters and line separators in a text become spaces, so that a value can neither break the
/// line nor control the terminal.
/// </summary>
internal sealed class StyledLine
{
    private const string Reset = "\u001b[0m";

    private readonly List<(string Text, TextStyle Style)> _parts = [];
    private int _length;

    public void Append(string text, TextStyle style = TextStyle.Plain)
    {
        _parts.Add((text, style));
        _length += text.Length;
    }

    /// <summary>Writes the line and its end. What exceeds the length is cut off; escape sequences do not count.</summary>
    public void WriteTo(StringBuilder output, int maxLength, string ellipsis, bool hasColors)
    {
        var room = _length > maxLength ? maxLength - ellipsis.Length : maxLength;
        foreach (var (text, style) in _parts)
        {
            var isCut = text.Length > room;
            var end = isCut ? room : text.Length;
            if (isCut && end > 0 && char.IsHighSurrogate(text[end - 1]))
            {
                end--;
            }

            var sequence = hasColors ? SequenceOf(style) : null;
            output.Append(sequence);
            foreach (var character in text.AsSpan(0, end))
            {
                output.Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
            }

            output.Append(isCut ? ellipsis : null).Append(sequence is null ? null : Reset);
            if (isCut)
            {
                break;
            }

            room -= text.Length;
        }

        output.Append(Environment.NewLine);
    }

    private static string? SequenceOf(TextStyle style) => style switch
    {
        TextStyle.Strong => "\u001b[1m",
        TextStyle.Faint => "\u001b[2m",
        TextStyle.Failure => "\u001b[1;31m",
        TextStyle.Model => "\u001b[36m",
        TextStyle.Tokens => "\u001b[32m",
        TextStyle.Cost => "\u001b[33m",
        _ => null,
    };
}
