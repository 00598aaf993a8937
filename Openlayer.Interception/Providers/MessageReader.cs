using System.Collections;

namespace Openlayer.Interception.Providers;

/// <summary>Messages and contents of an operation, as they are recorded: <c>role</c> and <c>content</c>, text where it is only text.</summary>
internal static class MessageReader
{
    /// <summary>
    /// The messages that are sent, in order. Text alone is a user's message. Null if there are none, or they are a lazy sequence, which is
    /// not for a trace to enumerate.
    /// </summary>
    public static List<object?>? Prompt(ModelOperation operation, object? prompt, object? instructions)
    {
        var messages = prompt is string text
            ? [Message("user", text)]
            : Items(prompt)?.Select(message => (object?)Message(operation, message)).ToList();
        if (messages is not null && instructions is not null)
        {
            messages.Insert(0, Message("system", instructions));
        }

        return messages;
    }

    /// <summary>What a message, a response or an item of one holds, in order.</summary>
    public static IEnumerable<object> Contents(ModelOperation operation, object from)
    {
        if (from is string)
        {
            return [from];
        }

        if (Items(operation.ResponseMessages.Read(from)) is { } messages)
        {
            return messages.OfType<object>().SelectMany(message => Contents(operation, message));
        }

        var content = operation.Content.Read(from);
        return content is string text ? [text] : Items(content)?.OfType<object>() ?? [];
    }

    /// <summary>The tools that a model may call: names, descriptions and the schemas of their parameters. Null if there are none.</summary>
    public static List<object?>? Tools(object? tools) =>
        Items(tools)?.OfType<object>().Select(static tool => (object?)Part(
            "function",
            new()
            {
                ["name"] = PropertyReader.Read(tool, "Name") ?? tool.GetType().Name,
                ["description"] = PropertyReader.Read(tool, "Description"),
                ["parameters"] = PropertyReader.Read(tool, "JsonSchema"),
            })).ToList();

    /// <summary>The kind of a piece of content, and what of it is recorded.</summary>
    public static (ContentKind Kind, Dictionary<string, object?> Fields) Content(ModelOperation operation, object part)
    {
        if (part is string text)
        {
            return (ContentKind.Text, new() { ["text"] = text });
        }

        for (var type = part.GetType(); type is not null; type = type.BaseType)
        {
            if (Array.Find(operation.Contents, shape => shape.TypeName == type.Name) is { } shape)
            {
                return (shape.Kind, shape.Fields.ToDictionary(static field => field.Name, field => field.Path.Read(part)));
            }
        }

        return (ContentKind.Media, new() { ["type"] = part.GetType().Name });
    }

    private static Dictionary<string, object?> Message(string role, object? content) => new() { ["role"] = role, ["content"] = content };

    private static Dictionary<string, object?>? Message(ModelOperation operation, object? message)
    {
        if (message is null)
        {
            return null;
        }

        var parts = Contents(operation, message).Select(part => Content(operation, part)).ToArray();
        object? content = parts is [(ContentKind.Text, var only)]
            ? only["text"]
            : parts.Select(static part => Part(Name(part.Kind), part.Fields)).ToArray();
        return Message(operation.Role.Read(message)?.ToString() ?? "user", content);
    }

    // LINQ's operators can look like lists, and are queries all the same.
    private static IEnumerable<object?>? Items(object? value) => value switch
    {
        string => null,
        _ when value?.GetType().Namespace == "System.Linq" => null,
        ICollection collection => collection.Cast<object?>(),
        IReadOnlyCollection<object?> collection => collection,
        _ => null,
    };

    private static Dictionary<string, object?> Part(string type, Dictionary<string, object?> fields)
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

    private static string Name(ContentKind kind) => kind switch
    {
        ContentKind.Text => "text",
        ContentKind.Reasoning => "reasoning",
        ContentKind.ToolCall => "tool_call",
        ContentKind.ToolResult => "tool_result",
        ContentKind.Error => "error",
        ContentKind.Usage => "usage",
        _ => "media",
    };
}
