using System.Globalization;
using System.Text;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Publishing;

/// <summary>Prints a step and its descendants as a tree, one line per step. Iterative, because traces can be deep.</summary>
/// <param name="glyphs">The characters that draw the tree.</param>
/// <param name="width">The number of characters in a line.</param>
/// <param name="hasColors">Whether the terminal understands escape sequences for colours.</param>
internal sealed class StepTreePrinter(StepTreeGlyphs glyphs, int width, bool hasColors)
{
    private const int MaxValueLength = 240;
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
        string text => text.Length > MaxValueLength ? text[..MaxValueLength] : text,
        bool truth => truth ? "true" : "false",
        CapturedJson json => Encoding.UTF8.GetString(json.Utf8.Span[..Math.Min(json.Utf8.Length, MaxValueLength * 3)]),
        _ => Convert.ToString(captured, CultureInfo.InvariantCulture) ?? string.Empty,
    };

    private void PrintLine(StringBuilder text, Step step, string guide)
    {
        var line = new StyledLine();
        var exceptions = Metadata(step, Step.Exceptions);
        if (guide.Length > 0)
        {
            line.Append(guide, TextStyle.Faint);
        }

        line.Append(
            exceptions is null ? Cut(step.Name, MaxNameLength) : $"{glyphs.Error} {Cut(step.Name, MaxNameLength)}",
            exceptions is null ? TextStyle.Strong : TextStyle.Failure);
        Add(line, step.Type == StepType.ChatCompletion ? "chat" : StepWriter.NameOf(step.Type).Replace('_', ' '), TextStyle.Faint);
        Add(line, Duration(step.Latency), TextStyle.Plain);
        if (step is ModelStep model)
        {
            AddModel(line, model);
        }

        if (exceptions is not null)
        {
            Add(line, Beginning(exceptions), TextStyle.Failure);
        }
        else if (step.CapturedOutput is { } output)
        {
            var preview = Cut(Beginning(output), MaxPreviewLength);
            Add(line, output is string or CapturedText ? $"\"{preview}\"" : preview, TextStyle.Faint);
        }

        line.WriteTo(text, width, glyphs.Ellipsis, hasColors);
    }

    private void AddModel(StyledLine line, ModelStep model)
    {
        Add(line, model.Model, TextStyle.Model);
        if (Metadata(model, ModelStep.TimeToFirstToken) is double milliseconds)
        {
            Add(line, $"first token {Duration(TimeSpan.FromMilliseconds(milliseconds))}", TextStyle.Tokens);
        }

        if (model is ChatCompletionStep { PromptTokens: { } prompt, CompletionTokens: { } completion })
        {
            Add(line, string.Create(CultureInfo.InvariantCulture, $"{prompt} {glyphs.Arrow} {completion} tokens"), TextStyle.Tokens);
        }
        else if ((model.Tokens ?? model.PromptTokens) is { } tokens)
        {
            Add(line, string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens"), TextStyle.Tokens);
        }

        if (model.Cost is { } cost)
        {
            Add(line, string.Create(CultureInfo.InvariantCulture, $"cost {cost:0.######}"), TextStyle.Cost);
        }
    }

    private void Add(StyledLine line, string? part, TextStyle style)
    {
        if (!string.IsNullOrEmpty(part))
        {
            line.Append(glyphs.Separator, TextStyle.Faint);
            line.Append(part, style);
        }
    }

    /// <summary>The first characters of a text.</summary>
    private string Cut(string value, int length)
    {
        if (value.Length <= length)
        {
            return value;
        }

        var end = length - glyphs.Ellipsis.Length;
        return string.Concat(value.AsSpan(0, char.IsHighSurrogate(value[end - 1]) ? end - 1 : end), glyphs.Ellipsis);
    }
}
