using System.Globalization;

namespace Openlayer.Interception.Tests.Guardrails.PersonalData;

/// <summary>The figures in docs/personal-data.md are those of the corpus.</summary>
public sealed class PersonalDataCorpusTests
{
    [Fact]
    public void The_corpus_has_more_than_300_lines_with_and_300_without_personal_data()
    {
        foreach (var part in new[] { "tuning", "held-out" })
        {
            Assert.All(PersonalDataCorpus.Read($"{part}-positive"), static line => Assert.NotEmpty(line.Marked));
            Assert.All(PersonalDataCorpus.Read($"{part}-negative"), static line => Assert.Empty(line.Marked));
        }

        Assert.True(PersonalDataCorpus.Read("tuning-positive").Length > 300);
        Assert.True(PersonalDataCorpus.Read("tuning-negative").Length > 300);
        Assert.True(PersonalDataCorpus.Read("held-out-positive").Length > 100);
        Assert.True(PersonalDataCorpus.Read("held-out-negative").Length > 100);
    }

    [Fact]
    public void No_line_is_in_both_parts()
    {
        var tuning = Texts("tuning").ToHashSet();

        Assert.DoesNotContain(Texts("held-out"), tuning.Contains);

        static IEnumerable<string> Texts(string part) =>
            new[] { "positive", "negative" }.SelectMany(side => PersonalDataCorpus.Read($"{part}-{side}")).Select(static line => line.Text);
    }

    [Theory]
    [InlineData("tuning", 0.99, 0.99)]
    [InlineData("held-out", 0.98, 0.98)]
    public void Precision_and_recall_are_those_in_the_docs(string part, double precision, double recall)
    {
        var positive = PersonalDataCorpus.Read($"{part}-positive");
        var negative = PersonalDataCorpus.Read($"{part}-negative");

        var measure = PersonalDataCorpus.Compare([.. positive, .. negative]);

        Assert.True(measure.Precision >= precision, $"precision {measure.Precision}");
        Assert.True(measure.Recall >= recall, $"recall {measure.Recall}");
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {part} | {positive.Length} | {negative.Length} | {measure.Found} | {measure.Missed} | {measure.False} | {measure.Precision * 100:F1} % | {measure.Recall * 100:F1} % |");
        Assert.Contains(row, File.ReadAllText(Path.Combine(Repository.Folder, "docs", "personal-data.md")), StringComparison.Ordinal);
    }
}
