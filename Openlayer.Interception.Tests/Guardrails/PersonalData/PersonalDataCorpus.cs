using System.Text;
using System.Text.RegularExpressions;
using Openlayer.Interception.Guardrails.PersonalData;

namespace Openlayer.Interception.Tests.Guardrails.PersonalData;

/// <summary>
/// Lines with and without personal data, written for the tests: all numbers are made up or reserved for examples. What is to be found is
/// marked, as in <c>[[email:anna@example.org]]</c>. Keys are templates, so that none is a real one: <c>{a:20}</c> stands for 20 letters and
/// digits, <c>A</c> for base32, <c>h</c> for hexadecimal, <c>d</c> for digits.
/// </summary>
internal static partial class PersonalDataCorpus
{
    private static readonly Dictionary<string, PersonalDataKind> Kinds = new()
    {
        ["email"] = PersonalDataKind.Email,
        ["phone"] = PersonalDataKind.Phone,
        ["card"] = PersonalDataKind.CreditCard,
        ["iban"] = PersonalDataKind.Iban,
        ["ip"] = PersonalDataKind.IPAddress,
        ["key"] = PersonalDataKind.ApiKey,
    };

    /// <summary>The lines of a file.</summary>
    public static Line[] Read(string name) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Guardrails", "PersonalData", "Corpus", $"{name}.txt")).Select(Parse)];

    /// <summary>What the finder finds in the lines, compared with what is marked: the same range and kind.</summary>
    public static Measure Compare(IEnumerable<Line> lines)
    {
        var measure = new Measure();
        foreach (var line in lines)
        {
            var found = PersonalDataFinder.Find(line.Text, "", new PersonalDataOptions().ConfidenceThreshold) ?? [];
            var right = found.Count(match => line.Marked.Contains((match.Start, match.End, match.Kind)));
            measure.Found += right;
            measure.Missed += line.Marked.Count - right;
            measure.False += found.Count - right;
        }

        return measure;
    }

    private static Line Parse(string written)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        var marked = new List<(int Start, int End, PersonalDataKind Kind)>();
        var position = 0;
        foreach (Match mark in Mark().Matches(written))
        {
            text.Append(written, position, mark.Index - position);
            var start = text.Length;
            text.Append(Template().Replace(mark.Groups["value"].Value, template => Expand(template, random)));
            marked.Add((start, text.Length, Kinds[mark.Groups["kind"].Value]));
            position = mark.Index + mark.Length;
        }

        return new(text.Append(written, position, written.Length - position).ToString(), marked);
    }

    private static string Expand(Match template, Random random)
    {
        var characters = template.Groups[1].Value switch
        {
            "a" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
            "A" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
            "h" => "0123456789abcdef",
            _ => "0123456789",
        };
        return new string(random.GetItems<char>(characters, int.Parse(template.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [GeneratedRegex(@"\[\[(?<kind>email|phone|card|iban|ip|key):(?<value>.*?)\]\]")]
    private static partial Regex Mark();

    [GeneratedRegex(@"\{([aAhd]):(\d+)\}")]
    private static partial Regex Template();

    public sealed record Line(string Text, IReadOnlyList<(int Start, int End, PersonalDataKind Kind)> Marked);

    /// <summary>How many pieces were found, missed, and found where nothing is.</summary>
    public sealed class Measure
    {
        public int Found { get; set; }

        public int Missed { get; set; }

        public int False { get; set; }

        public double Precision => (double)Found / (Found + False);

        public double Recall => (double)Found / (Found + Missed);
    }
}
