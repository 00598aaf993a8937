using System.Text.RegularExpressions;

namespace QuickStart;

/// <summary>Ranks the sections of a folder's Markdown files by BM25.</summary>
public sealed partial class MarkdownRetriever : IRetriever
{
    // The usual values of BM25: K1 limits the weight of repeated words, B the penalty for long sections.
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly (Passage Passage, Dictionary<string, int> Words, int Length)[] _sections;
    private readonly double _averageLength;

    /// <summary>Reads the files.</summary>
    /// <param name="folder">The folder of the files. Subfolders are not read.</param>
    public MarkdownRetriever(string folder)
    {
        _sections =
        [
            .. from file in Directory.EnumerateFiles(folder, "*.md").Order(StringComparer.Ordinal)
               from passage in Passages(Path.GetFileName(file), File.ReadLines(file))
               let words = Words($"{passage.Heading} {passage.Text}").CountBy(word => word).ToDictionary()
               select (passage, words, words.Values.Sum()),
        ];
        _averageLength = _sections.Select(section => section.Length).DefaultIfEmpty(1).Average();
    }

    /// <inheritdoc/>
    public IReadOnlyList<Passage> Retrieve(string question, int count)
    {
        var scores = new double[_sections.Length];
        foreach (var word in Words(question).Distinct())
        {
            var matches = _sections.Count(section => section.Words.ContainsKey(word));
            var rarity = Math.Log(1 + (_sections.Length - matches + 0.5) / (matches + 0.5));
            for (var index = 0; index < _sections.Length; index++)
            {
                var (_, words, length) = _sections[index];
                var frequency = words.GetValueOrDefault(word);
                scores[index] += rarity * frequency * (K1 + 1) / (frequency + K1 * (1 - B + B * length / _averageLength));
            }
        }

        return
        [
            .. scores.Zip(_sections, (score, section) => (Score: score, section.Passage))
                .Where(ranked => ranked.Score > 0)
                .OrderByDescending(ranked => ranked.Score)
                .Take(count)
                .Select(ranked => ranked.Passage),
        ];
    }

    private static IEnumerable<Passage> Passages(string document, IEnumerable<string> lines)
    {
        var sections = new List<(string Heading, List<string> Lines)> { ("", []) };
        var isCode = false;
        foreach (var line in lines)
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            if (line.StartsWith('#') && !isCode)
            {
                sections.Add((line.Trim('#', ' '), []));
            }
            else
            {
                sections[^1].Lines.Add(line);
            }
        }

        return from section in sections
               let text = string.Join('\n', section.Lines).Trim()
               where text.Length > 0
               select new Passage(document, section.Heading, text);
    }

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value.ToLowerInvariant());

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
