using System.Text;

namespace Openlayer.Interception.Publishing;

/// <summary>The characters that draw a tree of steps.</summary>
internal sealed record StepTreeGlyphs(string Branch, string LastBranch, string Line, string Separator, string Arrow, string Error, string Ellipsis)
{
    private static readonly StepTreeGlyphs Box = new("├─ ", "└─ ", "│  ", " · ", "→", "✗", "…");
    private static readonly StepTreeGlyphs Ascii = new("|- ", "`- ", "|  ", " - ", "->", "!", "...");

    /// <summary>Returns box-drawing glyphs if the encoding can represent them, and ASCII glyphs if not.</summary>
    public static StepTreeGlyphs For(Encoding encoding)
    {
        var all = string.Concat(Box.Branch, Box.LastBranch, Box.Line) + string.Concat(Box.Separator, Box.Arrow, Box.Error, Box.Ellipsis);
        return encoding.GetString(encoding.GetBytes(all)) == all ? Box : Ascii;
    }
}
