using Openlayer.Interception.Capture;
using Openlayer.Interception.Capture.Attachments;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.ModelClients;

/// <summary>Accumulates the parts of one choice of a response, as an SDK does. Not thread-safe.</summary>
/// <param name="limits">How much is kept.</param>
/// <param name="attachments">Keeps media that will be uploaded.</param>
internal sealed class ChoiceAccumulator(CaptureSettings limits, AttachmentStore attachments)
{
    private readonly BoundedText _text = new(limits.MaxStringLength);
    private BoundedText? _refusal;
    private ToolCallAccumulator? _toolCalls;
    private List<Dictionary<string, object?>>? _media;
    private List<Dictionary<string, object?>>? _errors;
    private Dictionary<string, object?>? _audio;
    private PiecesSource? _audioPieces;
    private long _mediaCount;
    private bool _hasText;

    /// <summary>Starts the next item of a streamed response.</summary>
    public void BeginItem() => _toolCalls?.BeginItem();

    /// <summary>Adds a content part. Returns whether it has any content of the answer.</summary>
    /// <param name="part">The part.</param>
    /// <param name="position">The position of a tool call.</param>
    public bool Add(ContentPart part, ToolCallPosition position)
    {
        switch (part.Kind)
        {
            case ContentKind.Text:
                _hasText = true;
                return Append(_text, part.Value);
            case ContentKind.Refusal:
                return Append(_refusal ??= new(limits.MaxStringLength), part.Value);
            case ContentKind.ToolCall or ContentKind.ServerToolCall:
                ToolCalls.Add(part.Fields, position, part.Kind == ContentKind.ServerToolCall);
                return part.Kind == ContentKind.ToolCall;
            case ContentKind.ToolCallFragment:
                ToolCalls.Append(part.Fields, position);
                return true;
            case ContentKind.ToolResult:
                _toolCalls?.RemoveAnswered(part.Fields);
                return false;
            case ContentKind.Media:
                return AddMedia(part.Fields);
            case ContentKind.AudioFragment:
                return AddAudio(part.Fields);
            case ContentKind.Error:
                (_errors ??= []).Add(part.Fields);
                return true;
            default:
                return part.Kind == ContentKind.Reasoning;
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
        var toolCalls = _toolCalls?.ToOutput() ?? [];
        if (toolCalls.Length == 0 && _refusal is not { Length: > 0 } && _errors is null)
        {
            return content;
        }

        var fields = new Dictionary<string, object?>();
        if (toolCalls.Length > 0)
        {
            fields["toolCalls"] = toolCalls;
        }

        if (_refusal is { Length: > 0 })
        {
            fields["refusal"] = _refusal.ToValue();
        }

        if (_errors is not null)
        {
            fields["errors"] = _errors;
        }

        var hasNoContent = content is null or "";
        if (hasNoContent && fields.Count == 1 && toolCalls.Length > 0)
        {
            return toolCalls is [var only] ? only : toolCalls;
        }

        if (!hasNoContent)
        {
            fields["content"] = content;
        }

        return fields;
    }

    private ToolCallAccumulator ToolCalls => _toolCalls ??= new(limits);

    private static bool Append(BoundedText all, object? value)
    {
        var text = PropertyReader.Text(value);
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
            (_media ??= []).Add(fields);
        }

        return true;
    }

    // The transcript is text of the answer. The pieces are one item.
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

        _audio ??= new(fields) { ["defaultName"] = "output_audio" };
        if (fields.GetValueOrDefault("audioId") is { } id)
        {
            _audio["audioId"] = id;
        }

        if (MediaFields.Source(fields) is { } piece)
        {
            _audioPieces ??= new PiecesSource(attachments);
            _audioPieces.Append(piece);
            MediaFields.SetSource(_audio, _audioPieces);
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

        if (_media is null && _audio is null)
        {
            return text;
        }

        IEnumerable<Dictionary<string, object?>> media = _audio is null ? _media! : [.. _media ?? [], _audio];
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
