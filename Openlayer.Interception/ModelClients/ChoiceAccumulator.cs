using System.Text;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Accumulates the parts of one choice of a response, as an SDK does. Not thread-safe.</summary>
internal sealed class ChoiceAccumulator
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _refusal = new();
    private readonly List<ToolCall> _toolCalls = [];
    private readonly List<Dictionary<string, object?>> _errors = [];
    private bool _hasText;

    /// <summary>Adds a content part. Returns whether it has any content of the answer.</summary>
    /// <param name="kind">The kind of the part.</param>
    /// <param name="fields">Its recorded fields.</param>
    /// <param name="index">The tool call it belongs to. Null for a new tool call; of a fragment, for the last one.</param>
    public bool Add(ContentKind kind, Dictionary<string, object?> fields, object? index)
    {
        switch (kind)
        {
            case ContentKind.Text:
                _hasText = true;
                return Append(_text, fields);
            case ContentKind.Refusal:
                return Append(_refusal, fields);
            case ContentKind.ToolCall:
                Find(index).Fill(fields);
                return true;
            case ContentKind.ToolCallFragment:
                (index is null && _toolCalls.Count > 0 ? _toolCalls[^1] : Find(index)).Append(fields);
                return true;
            case ContentKind.ToolResult:
                // A layer of the client has called the function, so the caller does not have to.
                _toolCalls.RemoveAll(call => Equals(call.Fields.GetValueOrDefault("id"), fields.GetValueOrDefault("id")));
                return false;
            case ContentKind.Error:
                _errors.Add(fields);
                return true;
            default:
                return kind == ContentKind.Reasoning;
        }
    }

    /// <summary>
    /// The output to record: the text; without text, the tool calls; else an object with what there is of <c>toolCalls</c>, <c>refusal</c>,
    /// <c>errors</c> and <c>content</c>. Null if nothing was received.
    /// </summary>
    /// <param name="isFormatted">Whether the request asked for a format, so that JSON text is recorded as JSON.</param>
    public object? ToOutput(bool isFormatted)
    {
        object? text = _hasText ? _text.ToString() : null;
        if (isFormatted && text is string { Length: > 0 } json && json[0] is '{' or '[')
        {
            text = PropertyReader.Parsed(json);
        }

        var toolCalls = _toolCalls.Select(static call => call.ToOutput()).ToArray();
        var fields = new Dictionary<string, object?>();
        if (toolCalls.Length > 0)
        {
            fields["toolCalls"] = toolCalls;
        }

        if (_refusal.Length > 0)
        {
            fields["refusal"] = _refusal.ToString();
        }

        if (_errors.Count > 0)
        {
            fields["errors"] = _errors;
        }

        var hasNoText = text is null or "";
        if (hasNoText && fields.Count == 1 && toolCalls.Length > 0)
        {
            return toolCalls is [var only] ? only : toolCalls;
        }

        if (fields.Count == 0)
        {
            return text;
        }

        if (!hasNoText)
        {
            fields["content"] = text;
        }

        return fields;
    }

    private static bool Append(StringBuilder all, Dictionary<string, object?> fields)
    {
        var text = PropertyReader.Text(fields.Values.FirstOrDefault());
        all.Append(text);
        return !string.IsNullOrEmpty(text);
    }

    private ToolCall Find(object? index)
    {
        var found = index is null ? null : _toolCalls.Find(call => Equals(call.Index, index));
        if (found is null)
        {
            found = new ToolCall(index);
            _toolCalls.Add(found);
        }

        return found;
    }

    private sealed class ToolCall(object? index)
    {
        private StringBuilder? _arguments;

        public object? Index { get; } = index;

        public Dictionary<string, object?> Fields { get; } = [];

        public void Fill(Dictionary<string, object?> fields)
        {
            _arguments = null;
            Merge(fields);
        }

        public void Append(Dictionary<string, object?> fragment)
        {
            _arguments ??= new StringBuilder();
            _arguments.Append(PropertyReader.Text(fragment.GetValueOrDefault("arguments")));
            Merge(fragment);
        }

        public Dictionary<string, object?> ToOutput()
        {
            var output = Fields.Where(static field => field.Value is not null).ToDictionary();
            if (_arguments is { Length: > 0 })
            {
                output["arguments"] = PropertyReader.Parsed(_arguments.ToString());
            }

            return output;
        }

        private void Merge(Dictionary<string, object?> fields)
        {
            foreach (var (name, value) in fields)
            {
                if (value is not (null or "") && (name != "arguments" || _arguments is null))
                {
                    Fields[name] = value;
                }
                else
                {
                    Fields.TryAdd(name, null);
                }
            }
        }
    }
}
