using System.Text;

namespace Openlayer.Interception.ModelClients;

/// <summary>One of the answers of a response, put together from its pieces as an SDK would.</summary>
internal sealed class ChoiceAccumulator
{
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _refusal = new();
    private readonly List<ToolCall> _toolCalls = [];
    private readonly List<Dictionary<string, object?>> _errors = [];
    private bool _hasText;

    /// <summary>Adds a piece. Returns whether it holds anything of the answer.</summary>
    /// <param name="kind">What the piece is.</param>
    /// <param name="fields">What of it is recorded.</param>
    /// <param name="index">Which tool call it belongs to. Null for a new one, or the last.</param>
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
                // The client's own layers called the function: it is no longer for the caller to do.
                _toolCalls.RemoveAll(call => Equals(call.Fields.GetValueOrDefault("id"), fields.GetValueOrDefault("id")));
                return false;
            case ContentKind.Error:
                _errors.Add(fields);
                return true;
            default:
                return kind == ContentKind.Reasoning;
        }
    }

    /// <summary>What was said; else what is wished to be called, refused or reported; where there is more than one of these, all.</summary>
    /// <param name="isFormatted">Whether a shape was asked for, so that text which is JSON is the JSON.</param>
    public object? ToOutput(bool isFormatted)
    {
        object? text = _hasText ? _text.ToString() : null;
        if (isFormatted && text is string { Length: > 0 } json && json[0] is '{' or '[')
        {
            text = MessageReader.Parsed(json);
        }

        var toolCalls = _toolCalls.Select(static call => call.ToOutput()).ToArray();
        var others = new Dictionary<string, object?>();
        if (toolCalls.Length > 0)
        {
            others["toolCalls"] = toolCalls;
        }

        if (_refusal.Length > 0)
        {
            others["refusal"] = _refusal.ToString();
        }

        if (_errors.Count > 0)
        {
            others["errors"] = _errors;
        }

        var isSilent = text is null or "";
        if (isSilent && others.Count == 1 && toolCalls.Length > 0)
        {
            return toolCalls is [var only] ? only : toolCalls;
        }

        if (others.Count == 0)
        {
            return text;
        }

        if (!isSilent)
        {
            others["content"] = text;
        }

        return others;
    }

    private static bool Append(StringBuilder all, Dictionary<string, object?> fields)
    {
        var text = fields.Values.FirstOrDefault()?.ToString();
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
            _arguments.Append(fragment.GetValueOrDefault("arguments"));
            Merge(fragment);
        }

        public Dictionary<string, object?> ToOutput()
        {
            var output = Fields.Where(static field => field.Value is not null).ToDictionary();
            if (_arguments is { Length: > 0 })
            {
                output["arguments"] = MessageReader.Parsed(_arguments.ToString());
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
