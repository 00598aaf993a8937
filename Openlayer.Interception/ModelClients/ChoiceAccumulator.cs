using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.ModelClients;

/// <summary>Accumulates the parts of one choice of a response, as an SDK does. Not thread-safe.</summary>
/// <param name="limits">How much is kept.</param>
internal sealed class ChoiceAccumulator(CaptureSettings limits)
{
    private readonly BoundedText _text = new(limits.MaxStringLength);
    private readonly BoundedText _refusal = new(limits.MaxStringLength);
    private readonly ToolCallAccumulator _toolCalls = new(limits);
    private readonly List<Dictionary<string, object?>> _media = [];
    private readonly List<Dictionary<string, object?>> _errors = [];
    private Dictionary<string, object?>? _audio;
    private long _mediaCount;
    private bool _hasText;

    /// <summary>Starts the next item of a streamed response.</summary>
    public void BeginItem() => _toolCalls.BeginItem();

    /// <summary>Adds a content part. Returns whether it has any content of the answer.</summary>
    /// <param name="kind">The kind of the part.</param>
    /// <param name="fields">Its recorded fields.</param>
    /// <param name="position">The position of a tool call.</param>
    public bool Add(ContentKind kind, Dictionary<string, object?> fields, ToolCallPosition position)
    {
        switch (kind)
        {
            case ContentKind.Text:
                _hasText = true;
                return Append(_text, fields);
            case ContentKind.Refusal:
                return Append(_refusal, fields);
            case ContentKind.ToolCall or ContentKind.ServerToolCall:
                _toolCalls.Add(fields, position, kind == ContentKind.ServerToolCall);
                return kind == ContentKind.ToolCall;
            case ContentKind.ToolCallFragment:
                _toolCalls.Append(fields, position);
                return true;
            case ContentKind.ToolResult:
                _toolCalls.RemoveAnswered(fields);
                return false;
            case ContentKind.Media:
                return AddMedia(fields);
            case ContentKind.AudioFragment:
                return AddAudio(fields);
            case ContentKind.Error:
                _errors.Add(fields);
                return true;
            default:
                return kind == ContentKind.Reasoning;
        }
    }

    /// <summary>
    /// The output to record: the text; without text, the tool calls; with media, a list of content items; else an object with what there is
    /// of <c>toolCalls</c>, <c>refusal</c>, <c>errors</c> and <c>content</c>. Null if nothing was received.
    /// </summary>
    /// <param name="isFormatted">Whether the request asked for a format, so that JSON text is recorded as JSON.</param>
    public object? ToOutput(bool isFormatted)
    {
        var content = Content(isFormatted);
        var toolCalls = _toolCalls.ToOutput();
        var fields = new Dictionary<string, object?>();
        if (toolCalls.Length > 0)
        {
            fields["toolCalls"] = toolCalls;
        }

        if (_refusal.Length > 0)
        {
            fields["refusal"] = _refusal.ToValue();
        }

        if (_errors.Count > 0)
        {
            fields["errors"] = _errors;
        }

        var hasNoContent = content is null or "";
        if (hasNoContent && fields.Count == 1 && toolCalls.Length > 0)
        {
            return toolCalls is [var only] ? only : toolCalls;
        }

        if (fields.Count == 0)
        {
            return content;
        }

        if (!hasNoContent)
        {
            fields["content"] = content;
        }

        return fields;
    }

    private static bool Append(BoundedText all, Dictionary<string, object?> fields)
    {
        var text = PropertyReader.Text(fields.Values.FirstOrDefault());
        all.Append(text);
        return !string.IsNullOrEmpty(text);
    }

    private bool AddMedia(Dictionary<string, object?> fields)
    {
        if (MediaFields.IsEmpty(fields))
        {
            return false;
        }

        if (_mediaCount++ < limits.MaxItems)
        {
            _media.Add(fields);
        }

        return true;
    }

    // The transcript is the answer. Without one, the pieces are one item, whose size is their sum.
    private bool AddAudio(Dictionary<string, object?> fields)
    {
        var transcript = PropertyReader.Text(fields.GetValueOrDefault("text"));
        if (!string.IsNullOrEmpty(transcript))
        {
            _hasText = true;
            _text.Append(transcript);
        }

        fields.Remove("text");
        if (MediaFields.IsEmpty(fields))
        {
            return !string.IsNullOrEmpty(transcript);
        }

        if (_audio is null)
        {
            _audio = fields;
        }
        else
        {
            MediaFields.AddSize(_audio, fields);
        }

        return true;
    }

    private object? Content(bool isFormatted)
    {
        object? text = _hasText ? _text.ToValue() : null;
        if (isFormatted && text is string { Length: > 0 } json && json[0] is '{' or '[')
        {
            text = PropertyReader.Parsed(json);
        }

        var media = _media.ToList();
        if (_audio is not null && text is null or "")
        {
            media.Add(_audio!);
        }

        if (media.Count == 0)
        {
            return text;
        }

        var items = media.Select(static fields => (object)MediaFields.ToContentItem(fields)).ToList();
        if (text is not (null or ""))
        {
            items.Insert(0, new Dictionary<string, object?> { ["type"] = "text", ["text"] = text });
        }

        if (_mediaCount > limits.MaxItems)
        {
            items.Add(Placeholders.MoreItems(_mediaCount - limits.MaxItems));
        }

        return items;
    }
}
