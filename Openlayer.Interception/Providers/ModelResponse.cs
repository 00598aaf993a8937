using System.Text;

namespace Openlayer.Interception.Providers;

/// <summary>
/// A model's answer, read from a response or put together from the items of a streamed one. Not thread-safe, but an answer may be read
/// while it grows.
/// </summary>
internal sealed class ModelResponse(ModelOperation operation)
{
    private readonly object _gate = new();
    private readonly StringBuilder _text = new();
    private readonly List<Dictionary<string, object?>> _toolCalls = [];
    private readonly List<Dictionary<string, object?>> _errors = [];
    private readonly Dictionary<string, object?> _metadata = [];
    private string? _servedModel;
    private long? _promptTokens;
    private long? _completionTokens;
    private long? _tokens;
    private bool _hasText;

    /// <summary>Whether anything of the answer has been found.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Adds a whole response, or the next item of a streamed one. Returns whether it holds anything of the answer.</summary>
    public bool Add(object item)
    {
        lock (_gate)
        {
            var hasContent = false;
            foreach (var part in MessageReader.Contents(operation, item))
            {
                hasContent |= AddContent(MessageReader.Content(operation, part));
            }

            if (item is not string)
            {
                _servedModel = operation.ServedModel.Read(item)?.ToString() ?? _servedModel;
                AddUsage(operation.Usage.Read(item));
                Keep(operation.Metadata, item);
            }

            HasContent |= hasContent;
            return hasContent;
        }
    }

    /// <summary>Writes what has been read to the step; no output where none was found.</summary>
    /// <param name="step">The step of the request.</param>
    /// <param name="withOutput">Whether the answer itself is recorded.</param>
    public void WriteTo(ModelStep step, bool withOutput)
    {
        lock (_gate)
        {
            if (withOutput && Output() is { } output)
            {
                step.SetCapturedOutput(step.Trace.Capture.Capture(output));
            }

            step.Model ??= _servedModel;
            step.PromptTokens = Count(_promptTokens);
            step.Tokens = Count(_tokens ?? (_promptTokens + _completionTokens));
            if (step is ChatCompletionStep chat)
            {
                chat.CompletionTokens = Count(_completionTokens);
            }

            foreach (var (name, value) in _metadata)
            {
                step.Metadata[name] = value;
            }
        }
    }

    /// <summary>What has been read, as one object: what a streamed response comes to.</summary>
    public Dictionary<string, object?> ToRawOutput()
    {
        lock (_gate)
        {
            var raw = new Dictionary<string, object?>(_metadata) { ["output"] = Output() };
            if (_promptTokens is not null || _completionTokens is not null || _tokens is not null)
            {
                raw["usage"] = new { promptTokens = _promptTokens, completionTokens = _completionTokens, tokens = _tokens };
            }

            return raw;
        }
    }

    private static int? Count(long? tokens) => (int?)(tokens is > int.MaxValue ? int.MaxValue : tokens);

    private static long? Number(object? value) => value switch
    {
        int count => count,
        long count => count,
        _ => null,
    };

    private static long? Sum(long? sum, object? more) => Number(more) is { } count ? (sum ?? 0) + count : sum;

    private bool AddContent((ContentKind Kind, Dictionary<string, object?> Fields) content)
    {
        switch (content.Kind)
        {
            case ContentKind.Text:
                _hasText = true;
                var text = content.Fields["text"] as string;
                _text.Append(text);
                return !string.IsNullOrEmpty(text);
            case ContentKind.ToolCall:
                _toolCalls.Add(content.Fields);
                return true;
            case ContentKind.ToolResult:
                // The client's own layers called the function: it is no longer for the caller to do.
                _toolCalls.RemoveAll(call => Equals(call.GetValueOrDefault("id"), content.Fields.GetValueOrDefault("id")));
                return false;
            case ContentKind.Error:
                _errors.Add(content.Fields);
                return true;
            case ContentKind.Usage:
                AddUsage(content.Fields.Values.FirstOrDefault());
                return false;
            default:
                return content.Kind == ContentKind.Reasoning;
        }
    }

    // Items may each say what they used themselves: as the SDKs do, their figures are added up.
    private void AddUsage(object? usage)
    {
        if (usage is null)
        {
            return;
        }

        _promptTokens = Sum(_promptTokens, operation.PromptTokens.Read(usage));
        _completionTokens = Sum(_completionTokens, operation.CompletionTokens.Read(usage));
        _tokens = Sum(_tokens, operation.Tokens.Read(usage));
        Keep(operation.UsageMetadata, usage);
    }

    private void Keep((string Name, ValuePath Path)[] fields, object from)
    {
        foreach (var (name, path) in fields)
        {
            if (path.Read(from) is { } value)
            {
                _metadata[name] = value;
            }
        }
    }

    // What was said; else what is wished to be called; where there is both, both.
    private object? Output()
    {
        object? toolCalls = _toolCalls.Count switch { 0 => null, 1 => _toolCalls[0], _ => _toolCalls };
        var text = _hasText ? _text.ToString() : null;
        if (toolCalls is null && _errors.Count > 0)
        {
            return new Dictionary<string, object?> { ["content"] = text, ["errors"] = _errors };
        }

        return string.IsNullOrEmpty(text) || toolCalls is null
            ? toolCalls ?? text
            : new Dictionary<string, object?> { ["content"] = text, ["toolCalls"] = _toolCalls };
    }
}
