using System.Runtime.CompilerServices;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.ModelClients.Shapes;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Reads messages and their content into the form in which they are recorded: <c>role</c> and <c>content</c>, where content that is only
/// text is a string, and any other content a list of parts. Thread-safe.
/// </summary>
internal sealed class MessageReader
{
    // Of all messages of a request. A part takes a microsecond.
    private const int MaxParts = 10_000;

    // A conversation of this length is likely to be sent again. Remembering a message takes longer than writing a short one.
    private const int LongConversation = 16;

    // The messages of long conversations, by the objects of the application, which are not kept alive.
    private static readonly ConditionalWeakTable<object, RecordedMessage> Known = [];

    private readonly TypeCache<MessageShape> _messages;
    private readonly TypeCache<PartShape> _parts;

    /// <param name="operation">Where to find the values.</param>
    public MessageReader(ModelOperation operation)
    {
        _parts = PartShape.CacheOf(operation);
        _messages = MessageShape.CacheOf(operation, _parts);
    }

    /// <summary>
    /// The messages of a request, in order. Text becomes a user's message, and instructions a system message before the others. Null if there
    /// are no messages, or they are a lazy sequence.
    /// </summary>
    /// <param name="prompt">The text or the messages.</param>
    /// <param name="instructions">The instructions, or null.</param>
    /// <param name="maxItems">The maximum number of parts of a message. Those after them are only counted.</param>
    /// <param name="content">The content of a prompt besides its text. Null or empty if it has none.</param>
    public List<object?>? Prompt(object? prompt, object? instructions, int maxItems, object[]? content = null)
    {
        var messages = content is { Length: > 0 } && prompt is null or string
            ? [new RecordedMessage("user", RecordedContent(ContentSequence.Parts(prompt).Concat(content!).Take(maxItems)), [])]
            : prompt is string text
                ? [new RecordedMessage("user", text, [])]
                : Messages(prompt, maxItems);
        if (messages is not null && instructions is not null)
        {
            messages.Insert(0, new RecordedMessage("system", RecordedContent(ContentSequence.Parts(instructions)), []));
        }

        return messages;
    }

    private List<object?>? Messages(object? prompt, int maxItems)
    {
        if (ContentSequence.Items(prompt) is not { } messages)
        {
            return null;
        }

        var room = MaxParts;
        List<object?> recorded = messages.TryGetNonEnumeratedCount(out var count) ? new(count) : [];
        List<FoundPart> parts = new(capacity: 1);
        if (ContentSequence.List(prompt) is { } list)
        {
            // Without an enumerator.
            for (var index = 0; index < list.Count; index++)
            {
                Add(list[index]);
            }
        }
        else
        {
            foreach (var message in messages)
            {
                Add(message);
            }
        }

        return recorded;

        void Add(object? message)
        {
            parts.Clear();
            recorded.Add(message is null ? null : Message(message, parts, maxItems, isLong: count >= LongConversation, ref room));
        }
    }

    /// <summary>What is embedded: a text, or a list of texts, tokens or media. Null if there is nothing, or it is a lazy sequence.</summary>
    public object? EmbeddingInput(object? input) =>
        input is null or string
            ? input
            : ContentSequence.Items(input)?.Select(item => item is not null && IsKnown(item) ? RecordedContent([item]) : item).ToArray()
                ?? (ContentSequence.IsLazy(input) ? null : input);

    /// <summary>Adds the content parts of a message or of an item of a streamed response, in order. Returns the number of all parts.</summary>
    /// <param name="message">The message or item.</param>
    /// <param name="parts">The list to which the parts are added.</param>
    /// <param name="max">The maximum number of parts that are added. Those after them are only counted.</param>
    public int AddParts(object message, List<FoundPart> parts, int max)
    {
        var count = 0;
        if (message is string)
        {
            FoundPart.Add(new(message), parts, max, ref count);
            return count;
        }

        var shape = _messages.Get(message.GetType());
        foreach (var place in shape.Content)
        {
            place.AddParts(message, parts, max, ref count);
        }

        if (shape.Base64Media?.Invoke(message) is { } media)
        {
            foreach (var encoded in ContentSequence.Parts(media).OfType<string>())
            {
                FoundPart.Add(new(new Base64Media(encoded)), parts, max, ref count);
            }
        }

        return count;
    }

    /// <summary>Reads a content part. A part of an unknown class has only the class's name.</summary>
    public ContentPart Read(FoundPart part)
    {
        var (value, mapping) = part;
        if (mapping is null)
        {
            value = Unwrapped(value);
            if (value is string)
            {
                return new(ContentKind.Text, value, null);
            }

            if (value is MediaPart media)
            {
                return new(ContentKind.Media, null, media.ToFields());
            }

            mapping = _parts.Get(value.GetType()).Find(value);
        }

        if (mapping is null)
        {
            return new(ContentKind.Unknown, null, new() { ["type"] = TypeName(value) });
        }

        if (ContentPart.HasSingleValue(mapping.Kind))
        {
            return new(mapping.Kind, mapping.Fields[0].Read?.Invoke(value), null);
        }

        var fields = new Dictionary<string, object?>(mapping.Fields.Length);
        foreach (var (name, read) in mapping.Fields)
        {
            fields[name] = read?.Invoke(value);
        }

        switch (mapping.Kind)
        {
            case ContentKind.ToolCall or ContentKind.ServerToolCall when fields.TryGetValue("arguments", out var arguments):
                fields["arguments"] = PropertyReader.Parsed(arguments);
                break;
            case ContentKind.Media or ContentKind.AudioFragment:
                fields["kind"] = mapping.MediaKind;
                MediaFields.ReplaceData(fields);
                break;
            case ContentKind.ToolResult when fields.GetValueOrDefault("result") is { } result and not string:
                fields["result"] = ToolResult(result);
                break;
            default:
                break;
        }

        return new(mapping.Kind, null, fields);
    }

    /// <summary>A content part, or tool, as it is recorded: its type, then its fields that have a value.</summary>
    public static Dictionary<string, object?> RecordedPart(string type, Dictionary<string, object?> fields)
    {
        var part = new Dictionary<string, object?> { ["type"] = type };
        foreach (var (name, value) in fields)
        {
            if (value is not null)
            {
                part[name] = value;
            }
        }

        return part;
    }

    /// <summary>
    /// The result of a tool. If it consists of known content parts, which can contain media, it is recorded as content; any other result is
    /// returned unchanged.
    /// </summary>
    public object? ToolResult(object result)
    {
        List<object> parts = [.. ContentSequence.Parts(result)];
        return parts.Count > 0 && parts.TrueForAll(part => IsKnown(Unwrapped(part)))
            ? RecordedContent(parts)
            : result;
    }

    private bool IsKnown(object part) => _parts.Get(part.GetType()).Find(part) is not null;

    private object Unwrapped(object part) => _parts.Get(part.GetType()).WrappedValue?.Invoke(part) ?? part;

    private static string TypeName(object part) =>
        part is JsonElement element && PropertyReader.Read(element, "type") is string name ? name : part.GetType().Name;

    private RecordedMessage Message(object message, List<FoundPart> parts, int maxItems, bool isLong, ref int room)
    {
        var kept = Math.Min(maxItems, Math.Max(1, room));
        var count = AddParts(message, parts, kept);
        room -= Math.Min(count, kept + 1);
        var content = count <= kept
            ? RecordedContent(parts)
            : Placeholders.Beginning(parts.Select(part => RecordedContent(new List<FoundPart> { part })), kept, count);
        var shape = _messages.Get(message.GetType());
        var role = Role(shape, message, parts);
        var fields = Fields(shape, message);
        return isLong && content is string && message is not ValueType
            ? Repeated(message, role, content, fields)
            : new RecordedMessage(role, content, fields);
    }

    // The same object as for the request before, unless the message has been changed.
    private static RecordedMessage Repeated(object message, string role, object content, KeyValuePair<string, object?>[] fields)
    {
        if (Known.TryGetValue(message, out var known) && known.Has(role, content, fields))
        {
            return known;
        }

        var recorded = new RecordedMessage(role, content, fields) { IsRepeated = true };
        Known.AddOrUpdate(message, recorded);
        return recorded;
    }

    private static KeyValuePair<string, object?>[] Fields(MessageShape shape, object message)
    {
        List<KeyValuePair<string, object?>>? fields = null;
        foreach (var (name, read) in shape.Fields)
        {
            if (read(message) is { } value)
            {
                (fields ??= []).Add(new(name, value));
            }
        }

        return fields is null ? [] : [.. fields];
    }

    private string Role(MessageShape shape, object message, List<FoundPart> parts)
    {
        if ((shape.FixedRole ?? PropertyReader.Text(shape.Role?.Invoke(message))) is { Length: > 0 } role)
        {
            return StandardRole(role.ToLowerInvariant());
        }

        return parts.Count == 0
            ? "user"
            : Read(parts[0]).Kind switch
            {
                ContentKind.ToolCall or ContentKind.ServerToolCall or ContentKind.Reasoning => "assistant",
                ContentKind.ToolResult => "tool",
                _ => "user",
            };
    }

    private object? RecordedContent(IEnumerable<object> parts) => RecordedContent(parts.Select(static part => new FoundPart(part)).ToList());

    private object? RecordedContent(List<FoundPart> parts)
    {
        if (parts.Count == 1 && Read(parts[0]) is var only)
        {
            return only.Kind == ContentKind.Text ? only.Value : new[] { RecordedPart(only) };
        }

        var read = parts.ConvertAll(Read);
        read.RemoveAll(static part => part is { Kind: ContentKind.Text, Value: "" });
        return read is [{ Kind: ContentKind.Text } text] ? text.Value : read.Select(RecordedPart).ToArray();
    }

    private static Dictionary<string, object?> RecordedPart(ContentPart part) => part.Kind switch
    {
        ContentKind.Text or ContentKind.Reasoning => RecordedPart(Name(part.Kind), new() { ["text"] = part.Value }),
        ContentKind.Refusal or ContentKind.Usage => RecordedPart(Name(part.Kind), new() { [Name(part.Kind)] = part.Value }),
        ContentKind.Unknown => part.Fields,
        ContentKind.Media or ContentKind.AudioFragment => MediaFields.ToContentItem(part.Fields),
        ContentKind.ToolCallFragment => RecordedPart(
            Name(part.Kind), new(part.Fields) { ["arguments"] = PropertyReader.Parsed(part.Fields.GetValueOrDefault("arguments")) }),
        _ => RecordedPart(Name(part.Kind), part.Fields),
    };

    // Some providers have names of their own for the roles.
    private static string StandardRole(string role) => role switch
    {
        "model" or "ai" => "assistant",
        "human" => "user",
        _ => role,
    };

    private static string Name(ContentKind kind) => kind switch
    {
        ContentKind.Text => "text",
        ContentKind.Reasoning => "reasoning",
        ContentKind.ToolCall or ContentKind.ToolCallFragment or ContentKind.ServerToolCall => "tool_call",
        ContentKind.ToolResult => "tool_result",
        ContentKind.Refusal => "refusal",
        ContentKind.Error => "error",
        _ => "usage",
    };
}
