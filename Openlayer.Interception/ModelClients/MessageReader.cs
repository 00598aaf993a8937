using System.Collections;
using System.Text.Json;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

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
            ? [new Dictionary<string, object?> { ["role"] = "user", ["content"] = text }]
            : Items(prompt)?.Select(message => (object?)Message(operation, message)).ToList();
        if (messages is not null && instructions is not null)
        {
            messages.Insert(0, new Dictionary<string, object?> { ["role"] = "system", ["content"] = Said(operation, Pieces(instructions)) });
        }

        return messages;
    }

    /// <summary>Whether a value is a sequence that has to be enumerated to be read.</summary>
    public static bool IsLazy(object? value) => value is IEnumerable and not string && Items(value) is null;

    /// <summary>The messages that a response consists of. Null if it is one message.</summary>
    public static IEnumerable<object>? Messages(ModelOperation operation, object response) =>
        Items(operation.ResponseMessages.Read(response))?.OfType<object>();

    /// <summary>What a message or an item of a streamed response holds, in order.</summary>
    public static IEnumerable<object> Contents(ModelOperation operation, object from) =>
        from is string
            ? [from]
            : operation.Content.SelectMany(path => Pieces(path.Read(from)))
                .Where(piece => !ReferenceEquals(piece, from) || ShapeOf(operation, piece) is not null)
                .Concat(Pieces(operation.Base64Media.Read(from)).OfType<string>().Select(static media => new Base64Media(media)));

    /// <summary>The tools that a model may call: names, descriptions and the schemas of their parameters. Null if there are none.</summary>
    public static IReadOnlyCollection<object?>? Tools(ModelOperation operation, RequestArguments arguments)
    {
        if (operation.ToolSelection is not { } offer)
        {
            return AllTools(operation, arguments)?.ToArray();
        }

        if (offer.By.Read(arguments) is not { } by || Array.IndexOf(offer.TypeNames, by.GetType().Name) < 0)
        {
            return null;
        }

        var tools = AllTools(operation, arguments)?.ToArray() ?? [];
        return Items(offer.Names.Read(by)) is { } names ? [.. names.OfType<string>().Select(name => Named(offer, name, tools))] : tools;
    }

    /// <summary>The kind of a piece of content, and what of it is recorded.</summary>
    public static (ContentKind Kind, Dictionary<string, object?> Fields) Content(ModelOperation operation, object piece)
    {
        var part = operation.WrappedValue.Read(piece) ?? piece;
        if (part is string text)
        {
            return (ContentKind.Text, new() { ["text"] = text });
        }

        if (ShapeOf(operation, part) is not { } shape)
        {
            return (ContentKind.Media, new() { ["type"] = part.GetType().Name });
        }

        var fields = shape.Fields.ToDictionary(static field => field.Name, field => field.Path.Read(part));
        if (shape.Kind == ContentKind.ToolCall && fields.TryGetValue("arguments", out var arguments))
        {
            fields["arguments"] = Parsed(arguments);
        }

        if (shape.Kind == ContentKind.Media)
        {
            Measure(fields);
        }

        if (shape.Kind == ContentKind.ToolResult && fields.GetValueOrDefault("result") is { } result and not string)
        {
            fields["result"] = Result(operation, result);
        }

        return (shape.Kind, fields);
    }

    /// <summary>Text as the JSON that it is; anything else as it is.</summary>
    public static object? Parsed(object? text)
    {
        if (text is not string { Length: > 0 } json)
        {
            return text;
        }

        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json);
        }
        catch (JsonException)
        {
            // Half of it, where a stream broke off.
            return text;
        }
    }

    // The bytes themselves, as text, say no more than how many they are.
    private static void Measure(Dictionary<string, object?> fields)
    {
        fields.Remove("data", out var held);
        var data = held as string;
        if (fields.GetValueOrDefault("uri")?.ToString() is { } uri && uri.StartsWith("data:", StringComparison.Ordinal))
        {
            data = uri;
            fields["uri"] = null;
        }

        if (data is null)
        {
            return;
        }

        var header = data.StartsWith("data:", StringComparison.Ordinal) ? data[..(data.IndexOf(',') + 1)] : "";
        if (header.Length > 0)
        {
            fields["mediaType"] = fields.GetValueOrDefault("mediaType") ?? header[5..].Split(';', ',')[0];
        }

        var length = (long)data.Length - header.Length;
        var padding = data.EndsWith("==", StringComparison.Ordinal) ? 2 : data.EndsWith('=') ? 1 : 0;
        var isEncoded = header.Length == 0 || header.Contains(";base64", StringComparison.Ordinal);
        fields["bytes"] = isEncoded ? (length * 3 / 4) - padding : length;
    }

    // What a function gave may be contents of a message, pictures among them; else it is as it is.
    private static object? Result(ModelOperation operation, object result)
    {
        var pieces = Pieces(result).ToArray();
        return pieces.Length > 0 && Array.TrueForAll(pieces, piece => ShapeOf(operation, operation.WrappedValue.Read(piece) ?? piece) is not null)
            ? Said(operation, pieces)
            : result;
    }

    private static ContentMapping? ShapeOf(ModelOperation operation, object part)
    {
        for (var type = part.GetType(); type is not null; type = type.BaseType)
        {
            var name = type.Name;
            if (Array.Find(operation.ContentMappings, shape => shape.TypeName == name && IsMet(shape.When)) is { } found)
            {
                return found;
            }
        }

        return null;

        bool IsMet(ValuePath? condition) => condition is null || condition.Read(part) is not null;
    }

    private static IEnumerable<Dictionary<string, object?>>? AllTools(ModelOperation operation, RequestArguments arguments) =>
        Items(operation.Tools.Read(arguments))?.OfType<object>()
            .SelectMany(tool => ToolSet(operation, tool))
            .Select(tool => Tool(operation, operation.WrappedValue.Read(tool) ?? tool));

    // To go through a set of another class would be to run the code of whoever wrote it.
    private static IEnumerable<object> ToolSet(ModelOperation operation, object tool) =>
        operation.ToolSets.Length == 0 || tool is not IEnumerable tools
            ? [tool]
            : Array.IndexOf(operation.ToolSets, tool.GetType().Name) < 0 ? [] : tools.OfType<object>();

    // A tool may be offered without being among those that there are: then only its name is known.
    private static Dictionary<string, object?> Named(ToolSelection offer, string name, Dictionary<string, object?>[] tools) =>
        Array.Find(tools, tool => string.Join('.', offer.NameFields.Where(tool.ContainsKey).Select(field => tool[field])) == name)
        ?? Part("function", new() { ["name"] = name });

    private static Dictionary<string, object?> Tool(ModelOperation operation, object tool)
    {
        var fields = operation.ToolFields.ToDictionary(static field => field.Name, field => Parsed(field.Path.Read(tool)));
        fields["name"] = fields.GetValueOrDefault("name") ?? tool.GetType().Name;
        fields["description"] = fields.GetValueOrDefault("description")?.ToString();
        return Part("function", fields);
    }

    private static Dictionary<string, object?>? Message(ModelOperation operation, object? message)
    {
        if (message is null)
        {
            return null;
        }

        var pieces = Contents(operation, message).ToArray();
        var recorded = new Dictionary<string, object?> { ["role"] = Role(operation, message, pieces), ["content"] = Said(operation, pieces) };
        foreach (var (name, path) in operation.MessageFields)
        {
            if (path.Read(message) is { } value)
            {
                recorded[name] = value;
            }
        }

        return recorded;
    }

    private static string Role(ModelOperation operation, object message, object[] pieces)
    {
        var typeName = message.GetType().Name;
        var byType = Array.Find(operation.RolesByTypeName, role => role.TypeName == typeName).Role;
        if ((byType ?? operation.Role.Read(message)?.ToString()) is { Length: > 0 } role)
        {
            return role.ToLowerInvariant();
        }

        return pieces.Length == 0
            ? "user"
            : Content(operation, pieces[0]).Kind switch
            {
                ContentKind.ToolCall or ContentKind.Reasoning => "assistant",
                ContentKind.ToolResult => "tool",
                _ => "user",
            };
    }

    private static object? Said(ModelOperation operation, IEnumerable<object> pieces)
    {
        var parts = pieces.Select(piece => Content(operation, piece)).ToArray();
        if (parts.Length > 1)
        {
            parts = Array.FindAll(parts, static part => part is not (ContentKind.Text, { } fields) || fields["text"] is not "");
        }

        return parts is [(ContentKind.Text, var only)]
            ? only["text"]
            : parts.Select(static part => Part(Name(part.Kind), part.Fields)).ToArray();
    }

    private static IEnumerable<object> Pieces(object? content) =>
        content switch
        {
            null => [],
            string text => [text],
            _ => Items(content)?.OfType<object>() ?? [content],
        };

    // LINQ's operators can look like lists, and are queries all the same.
    private static IEnumerable<object?>? Items(object? value) => value switch
    {
        string => null,
        _ when value?.GetType().Namespace == "System.Linq" => null,
        ICollection collection => collection.Cast<object?>(),
        IReadOnlyCollection<object?> collection => collection,
        JsonElement { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().Select(static item => PropertyReader.Value(item)).ToArray(),
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
        ContentKind.ToolCall or ContentKind.ToolCallFragment => "tool_call",
        ContentKind.ToolResult => "tool_result",
        ContentKind.Refusal => "refusal",
        ContentKind.Error => "error",
        ContentKind.Usage => "usage",
        _ => "media",
    };
}
