using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Reads messages and their content into the form in which they are recorded: <c>role</c> and <c>content</c>, where content that is only
/// text is a string, and any other content a list of parts.
/// </summary>
internal static class MessageReader
{
    // Of all messages of a request. A part takes a microsecond.
    private const int MaxParts = 10_000;

    /// <summary>
    /// The messages of a request, in order. Text becomes a user's message, and instructions a system message before the others. Null if there
    /// are no messages, or they are a lazy sequence.
    /// </summary>
    /// <param name="operation">Where to find the values.</param>
    /// <param name="prompt">The text or the messages.</param>
    /// <param name="instructions">The instructions, or null.</param>
    /// <param name="maxItems">The maximum number of parts of a message. Those after them are only counted.</param>
    public static List<object?>? Prompt(ModelOperation operation, object? prompt, object? instructions, int maxItems)
    {
        var messages = prompt is string text
            ? [new Dictionary<string, object?> { ["role"] = "user", ["content"] = text }]
            : Messages(operation, ContentSequence.Items(prompt), maxItems);
        if (messages is not null && instructions is not null)
        {
            var content = RecordedContent(operation, ContentSequence.Parts(instructions));
            messages.Insert(0, new Dictionary<string, object?> { ["role"] = "system", ["content"] = content });
        }

        return messages;
    }

    private static List<object?>? Messages(ModelOperation operation, IEnumerable<object?>? messages, int maxItems)
    {
        if (messages is null)
        {
            return null;
        }

        var room = MaxParts;
        List<object?> recorded = [];
        foreach (var message in messages)
        {
            recorded.Add(Message(operation, message, maxItems, ref room));
        }

        return recorded;
    }

    /// <summary>What is embedded: a text, or a list of texts, tokens or media. Null if there is nothing, or it is a lazy sequence.</summary>
    public static object? EmbeddingInput(ModelOperation operation, object? input) =>
        input is null or string
            ? input
            : ContentSequence.Items(input)?.Select(item => item is not null && MappingOf(operation, item) is not null ? RecordedContent(operation, [item]) : item).ToArray()
                ?? (ContentSequence.IsLazy(input) ? null : input);

    /// <summary>The messages of a response that has several. Null if the response is a single message.</summary>
    public static IEnumerable<object>? ResponseMessages(ModelOperation operation, object response) =>
        ContentSequence.Items(operation.ResponseMessages.Read(response))?.OfType<object>();

    /// <summary>The content parts of a message or of an item of a streamed response, in order.</summary>
    public static IEnumerable<object> Parts(ModelOperation operation, object message) =>
        message is string
            ? [message]
            : operation.Content.SelectMany(path => ContentSequence.Parts(path.Read(message)))
                .Where(part => !ReferenceEquals(part, message) || MappingOf(operation, part) is not null)
                .SelectMany(part => GroupedParts(operation, part))
                .Concat(ContentSequence.Parts(operation.Base64Media.Read(message)).OfType<string>().Select(static media => new Base64Media(media)));

    /// <summary>The kind of a content part, and its recorded fields. A part of an unknown class has only the class's name.</summary>
    public static (ContentKind Kind, Dictionary<string, object?> Fields) Read(ModelOperation operation, object part)
    {
        var value = operation.WrappedValue.Read(part) ?? part;
        if (value is string text)
        {
            return (ContentKind.Text, new() { ["text"] = text });
        }

        if (MappingOf(operation, value) is not { } mapping)
        {
            return (ContentKind.Unknown, new() { ["type"] = TypeNames(value).First() });
        }

        var fields = mapping.Fields.ToDictionary(static field => field.Name, field => field.Path.Read(value));
        switch (mapping.Kind)
        {
            case ContentKind.ToolCall or ContentKind.ServerToolCall when fields.TryGetValue("arguments", out var arguments):
                fields["arguments"] = PropertyReader.Parsed(arguments);
                break;
            case ContentKind.Media or ContentKind.AudioFragment:
                fields["kind"] = mapping.MediaKind;
                MediaFields.ReplaceDataBySize(fields);
                break;
            case ContentKind.ToolResult when fields.GetValueOrDefault("result") is { } result and not string:
                fields["result"] = ToolResult(operation, result);
                break;
            default:
                break;
        }

        return (mapping.Kind, fields);
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
    public static object? ToolResult(ModelOperation operation, object result)
    {
        var parts = ContentSequence.Parts(result).ToArray();
        return parts.Length > 0 && Array.TrueForAll(parts, part => MappingOf(operation, operation.WrappedValue.Read(part) ?? part) is not null)
            ? RecordedContent(operation, parts)
            : result;
    }

    private static IEnumerable<object> GroupedParts(ModelOperation operation, object part) =>
        MappingOf(operation, part) is { Kind: ContentKind.Group } group ? ContentSequence.Parts(group.Fields[0].Path.Read(part)) : [part];

    private static ContentMapping? MappingOf(ModelOperation operation, object part)
    {
        foreach (var name in TypeNames(part))
        {
            if (Array.Find(operation.ContentMappings, mapping => mapping.TypeName == name && IsMet(mapping.When)) is { } found)
            {
                return found;
            }
        }

        return null;

        bool IsMet(ValuePath? condition) => condition is null || condition.Read(part) is not null;
    }

    private static IEnumerable<string> TypeNames(object part)
    {
        if (part is JsonElement element && PropertyReader.Read(element, "type") is string name)
        {
            yield return name;
        }

        for (var type = part.GetType(); type is not null; type = type.BaseType)
        {
            yield return type.Name;
        }
    }

    private static Dictionary<string, object?>? Message(ModelOperation operation, object? message, int maxItems, ref int room)
    {
        if (message is null)
        {
            return null;
        }

        var all = Parts(operation, message);
        var kept = Math.Min(maxItems, Math.Max(1, room));
        var parts = all.Take(kept + 1).ToArray();
        room -= parts.Length;
        var recorded = new Dictionary<string, object?>
        {
            ["role"] = Role(operation, message, parts),
            ["content"] = parts.Length <= kept
                ? RecordedContent(operation, parts)
                : Placeholders.Beginning(parts.Select(part => RecordedContent(operation, [part])), kept, all.Count()),
        };
        foreach (var (name, path) in operation.MessageFields)
        {
            if (path.Read(message) is { } value)
            {
                recorded[name] = value;
            }
        }

        return recorded;
    }

    private static string Role(ModelOperation operation, object message, object[] parts)
    {
        var typeName = message.GetType().Name;
        var byTypeName = Array.Find(operation.RolesByTypeName, role => role.TypeName == typeName).Role;
        if ((byTypeName ?? PropertyReader.Text(operation.Role.Read(message))) is { Length: > 0 } role)
        {
            return StandardRole(role.ToLowerInvariant());
        }

        return parts.Length == 0
            ? "user"
            : Read(operation, parts[0]).Kind switch
            {
                ContentKind.ToolCall or ContentKind.ServerToolCall or ContentKind.Reasoning => "assistant",
                ContentKind.ToolResult => "tool",
                _ => "user",
            };
    }

    private static object? RecordedContent(ModelOperation operation, IEnumerable<object> parts)
    {
        var read = parts.Select(part => Read(operation, part)).ToArray();
        if (read.Length > 1)
        {
            read = Array.FindAll(read, static part => part is not (ContentKind.Text, { } fields) || fields["text"] is not "");
        }

        return read is [(ContentKind.Text, var only)]
            ? only["text"]
            : read.Select(static part => RecordedPart(part.Kind, part.Fields)).ToArray();
    }

    private static Dictionary<string, object?> RecordedPart(ContentKind kind, Dictionary<string, object?> fields) => kind switch
    {
        ContentKind.Unknown => fields,
        ContentKind.Media or ContentKind.AudioFragment => MediaFields.ToContentItem(fields),
        ContentKind.ToolCallFragment => RecordedPart(Name(kind), new(fields) { ["arguments"] = PropertyReader.Parsed(fields.GetValueOrDefault("arguments")) }),
        _ => RecordedPart(Name(kind), fields),
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
