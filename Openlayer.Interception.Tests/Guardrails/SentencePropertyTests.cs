using CsCheck;
using Openlayer.Interception.Guardrails.Streams;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Sentences do not depend on how a text is cut into items, and nothing of a text is lost.</summary>
public sealed class SentencePropertyTests
{
    private static readonly string[] Words = ["a", "word", " ", ". ", ".", "!", "?", "\n", "\r\n", "3.14", "。", "”", "…", "", "  ", "e.g.", "a@b.c"];

    private static readonly Gen<(string Text, int[] Cuts)> Texts =
        from indexes in Gen.Int[0, Words.Length - 1].Array[0, 30]
        let text = string.Concat(indexes.Select(static index => Words[index]))
        from cuts in Gen.Int[0, Math.Max(0, text.Length)].Array[0, 8]
        select (text, cuts);

    [Fact]
    public void Items_of_allowed_sentences_are_released_as_they_came() => Texts.Sample(static given =>
    {
        var items = Cut(given.Text, given.Cuts);
        var (released, _) = Run(items, static sentence => null);

        Assert.Equal(items, released);
    });

    [Fact]
    public void Sentences_are_the_whole_text_and_the_same_however_it_is_cut() => Texts.Sample(static given =>
    {
        var (_, whole) = Run([given.Text], static sentence => null);
        var (_, parts) = Run(Cut(given.Text, given.Cuts), static sentence => null);

        Assert.Equal(given.Text, string.Concat(parts));
        Assert.Equal(whole.Select(static sentence => sentence.Trim()).Where(static sentence => sentence.Length > 0), parts.Select(static sentence => sentence.Trim()).Where(static sentence => sentence.Length > 0));
    });

    [Fact]
    public void Replaced_sentences_take_the_place_of_their_own_text_alone() => Texts.Sample(static given =>
    {
        static string? Replace(string sentence) => sentence.Contains('w', StringComparison.Ordinal) ? "[masked]" : null;
        var (released, sentences) = Run(Cut(given.Text, given.Cuts), Replace);

        Assert.Equal(string.Concat(sentences.Select(static sentence => Replace(sentence) ?? sentence)), string.Concat(released));
    });

    private static string[] Cut(string text, int[] cuts)
    {
        int[] ends = [0, .. cuts.Order(), text.Length];
        return [.. ends.Zip(ends.Skip(1), (start, end) => text[start..end])];
    }

    private static (List<string> Released, List<string> Sentences) Run(string[] items, Func<string, string?> replace)
    {
        var parts = new SentenceParts();
        var released = new List<string>();
        var sentences = new List<string>();
        foreach (var item in items)
        {
            parts.Add(item);
            Pump();
        }

        parts.Complete();
        Pump();
        return (released, sentences);

        void Pump()
        {
            while (parts.TryTake(out var part))
            {
                sentences.Add((string)part!);
                if (replace((string)part!) is { } replacement)
                {
                    parts.Replace(replacement);
                }
                else
                {
                    parts.Allow();
                }
            }

            while (parts.Released.TryDequeue(out var item))
            {
                released.Add(item);
            }
        }
    }
}
