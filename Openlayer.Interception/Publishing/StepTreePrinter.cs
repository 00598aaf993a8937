using System.Globalization;
using System.Text;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Publishing;

/// <summary>Prints a step and its descendants as a tree, one line per step. Iterative, because traces can be deep.</summary>
internal sealed class StepTreePrinter(StepTreeGlyphs glyphs)
{
    private const int MaxLineLength = 120;
    private const int MaxNameLength = 60;
    private const int MaxPreviewLength = 60;
    private const int GuideLength = 3;

    // Deeper steps are not indented further. Their lines show how many levels deeper they are.
    private const int MaxIndentedDepth = 16;

    public string Print(Step root)
    {
        var text = new StringBuilder();
        var guides = new StringBuilder();
        var open = new Stack<(IReadOnlyList<Step> Children, int Next)>();
        PrintLine(text, root, string.Empty);
        open.Push((root.Steps, 0));
        while (open.TryPop(out var current))
        {
            // Returning from a subtree: drop the guides of the deeper levels.
            guides.Length = Math.Min(guides.Length, Math.Min(open.Count, MaxIndentedDepth) * GuideLength);
            if (current.Next == current.Children.Count)
            {
                continue;
            }

            var step = current.Children[current.Next];
            var isLast = current.Next == current.Children.Count - 1;
            open.Push((current.Children, current.Next + 1));

            var tooDeep = open.Count - MaxIndentedDepth;
            var depth = tooDeep > 0 ? string.Create(CultureInfo.InvariantCulture, $"(+{tooDeep}) ") : string.Empty;
            PrintLine(text, step, $"{guides}{(isLast ? glyphs.LastBranch : glyphs.Branch)}{depth}");

            if (open.Count <= MaxIndentedDepth)
            {
                guides.Append(isLast ? new string(' ', GuideLength) : glyphs.Line);
            }

            open.Push((step.Steps, 0));
        }

        return text.ToString();
    }

    private static string Duration(TimeSpan duration) => duration switch
    {
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.##} ms"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0} ms"),
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(duration.TotalMinutes):0} min {duration.Seconds} s"),
    };

    private static object? Metadata(Step step, string name) =>
        Array.Find(step.CapturedMetadata, entry => entry.Key == name).Value;

    /// <summary>The first characters of a captured value as text. A composite value is neither parsed nor decoded as a whole.</summary>
    private static string Beginning(object? captured) => captured switch
    {
        null => string.Empty,
        CapturedText text => Beginning(text.Value),
        string text => text.Length > MaxLineLength ? text[..MaxLineLength] : text,
        bool truth => truth ? "true" : "false",
        CapturedJson json => Encoding.UTF8.GetString(json.Utf8.Span[..Math.Min(json.Utf8.Length, MaxLineLength * 3)]),
        _ => Convert.ToString(captured, CultureInfo.InvariantCulture) ?? string.Empty,
    };

    private void PrintLine(StringBuilder text, Step step, string guide)
    {
        var line = new StringBuilder(guide);
        line.Append(Cut(step.Name, MaxNameLength));
        Add(line, StepWriter.NameOf(step.Type).Replace('_', ' '));
        Add(line, Duration(step.Latency));
        if (step is ModelStep model)
        {
            AddModel(line, model);
        }

        if (Metadata(step, Step.Exceptions) is { } exceptions)
        {
            Add(line, $"{glyphs.Error} {Beginning(exceptions)}");
        }
        else if (step.CapturedOutput is { } output)
        {
            var preview = Cut(Beginning(output), MaxPreviewLength);
            Add(line, output is string or CapturedText ? $"\"{preview}\"" : preview);
        }

        text.Append(Cut(line.ToString(), MaxLineLength)).Append(Environment.NewLine);
    }

    private void AddModel(StringBuilder line, ModelStep model)
    {
        Add(line, model.Model);
        if (model is ChatCompletionStep { PromptTokens: { } prompt, CompletionTokens: { } completion })
        {
            Add(line, string.Create(CultureInfo.InvariantCulture, $"{prompt} {glyphs.Arrow} {completion} tokens"));
        }
        else if ((model.Tokens ?? model.PromptTokens) is { } tokens)
        {
            Add(line, string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens"));
        }

        if (Metadata(model, "timeToFirstToken") is double milliseconds)
        {
            Add(line, $"first token {Duration(TimeSpan.FromMilliseconds(milliseconds))}");
        }
    }

    private void Add(StringBuilder line, string? part)
    {
        if (!string.IsNullOrEmpty(part))
        {
            line.Append(glyphs.Separator).Append(part);
        }
    }

    /// <summary>
    /// Truncates a value. Control characters and line separators become spaces, so that it can neither break the line nor control the terminal.
    /// </summary>
    private string Cut(string value, int length)
    {
        var cut = value.Length > length;
        var end = cut ? length - glyphs.Ellipsis.Length : value.Length;
        if (cut && char.IsHighSurrogate(value[end - 1]))
        {
            end--;
        }

        var line = new StringBuilder(length);
        foreach (var character in value.AsSpan(0, end))
        {
            line.Append(char.IsControl(character) || character is '\u2028' or '\u2029' ? ' ' : character);
        }

        return cut ? line.Append(glyphs.Ellipsis).ToString() : line.ToString();
    }
}
