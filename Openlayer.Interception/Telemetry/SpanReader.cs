using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// Reads the attributes, events and status of another library's span into its step. The names are those of the conventions for generative AI
/// from version 1.36 on; what has no place in the step is its metadata.
/// </summary>
internal static class SpanReader
{
    private const string Prefix = "gen_ai.";

    // Each name and the one that it replaced.
    private static readonly string[] Provider = ["gen_ai.provider.name", "gen_ai.system"];
    private static readonly string[] RequestModel = ["gen_ai.request.model"];
    private static readonly string[] ResponseModel = ["gen_ai.response.model"];
    private static readonly string[] InputTokens = ["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"];
    private static readonly string[] OutputTokens = ["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"];
    private static readonly string[] InputMessages = ["gen_ai.input.messages", "gen_ai.prompt"];
    private static readonly string[] OutputMessages = ["gen_ai.output.messages", "gen_ai.completion"];
    private static readonly string[] ToolArguments = ["gen_ai.tool.call.arguments"];
    private static readonly string[] ToolResult = ["gen_ai.tool.call.result"];
    private static readonly string[] Query = ["gen_ai.retrieval.query.text", "db.query.text", "db.statement"];
    private static readonly string[] Documents = ["gen_ai.retrieval.documents"];

    // Counts that are contained in those above.
    private static readonly (string Name, string Attribute)[] Parts =
    [
        (UsageCounts.Cached, "gen_ai.usage.cache_read.input_tokens"),
        (UsageCounts.CacheCreation, "gen_ai.usage.cache_creation.input_tokens"),
    ];

    // Older versions have an event for each message.
    private static readonly Dictionary<string, string> MessageEvents = new()
    {
        ["gen_ai.system.message"] = "system",
        ["gen_ai.user.message"] = "user",
        ["gen_ai.assistant.message"] = "assistant",
        ["gen_ai.tool.message"] = "tool",
    };

    private static readonly (string Operation, StepType Type)[] Types =
    [
        ("chat", StepType.ChatCompletion),
        ("chat.completions", StepType.ChatCompletion),
        ("generate_content", StepType.ChatCompletion),
        ("text_completion", StepType.ChatCompletion),
        ("text.completions", StepType.ChatCompletion),
        ("embeddings", StepType.Embedding),
        ("execute_tool", StepType.Tool),
        ("tools/call", StepType.Tool),
        ("invoke_agent", StepType.Agent),
        ("retrieval", StepType.Retriever),
    ];

    /// <summary>The type of a span's step: by its operation, which its name starts with. Attributes are often set after the start.</summary>
    public static StepType TypeOf(ActivitySource source, string name)
    {
        if (IsOfAgents(source))
        {
            return StepType.Agent;
        }

        var operation = name.Split(' ')[0];
        return Array.Find(Types, type => type.Operation == operation) is { Operation: not null } known ? known.Type : StepType.UserCall;
    }

    /// <summary>Whether a source is that of Microsoft Agent Framework. It opens the span of a run as that of a request, and renames it.</summary>
    public static bool IsOfAgents(ActivitySource source) => source.Name.StartsWith("Experimental.Microsoft.Agents.AI", StringComparison.Ordinal);

    /// <summary>The name of a span's step: that of the tool itself.</summary>
    public static string NameOf(string name) => name.StartsWith("execute_tool ", StringComparison.Ordinal) ? SubjectOf(name) : name;

    /// <summary>
    /// Whether a span is the work of the step around it: a call of the same tool, the run of the same agent, or a layer of the same request.
    /// </summary>
    /// <param name="outer">The step around the span.</param>
    /// <param name="source">The span's source.</param>
    /// <param name="name">The span's name.</param>
    public static bool IsSame(Step outer, ActivitySource source, string name) => (outer, TypeOf(source, name)) switch
    {
        (ToolStep tool, StepType.Tool) => (tool.FunctionName ?? tool.Name) == SubjectOf(name),
        (AgentStep { IsRun: true }, StepType.Agent) => true,
        (ModelStep { ClientCall: not null, Client: not null }, (StepType.ChatCompletion or StepType.Embedding) and var type) => outer.Type == type,

        // Azure's SDKs name their spans after the class and the method.
        (ModelStep { ClientCall: { } call, Client: not null }, StepType.UserCall) => call.StartsWith(name, StringComparison.Ordinal),
        (RetrieverStep { IsRequest: true, Name: var call }, StepType.UserCall) => call.StartsWith(name, StringComparison.Ordinal),
        _ => false,
    };

    public static void ReadTo(Step step, Activity span)
    {
        var tags = new Dictionary<string, object?>();
        foreach (var (name, value) in span.TagObjects)
        {
            tags[name] = value;
        }

        tags.Remove(SpanAttributes.Operation);
        switch (step)
        {
            case ModelStep request:
                ReadRequest(request, tags, span);
                break;
            case ToolStep tool:
                tool.FunctionName = Text(Take(tags, ["gen_ai.tool.name"])) ?? tool.FunctionName;
                tool.Arguments = Parsed(Take(tags, ToolArguments)) ?? tool.Arguments;
                SetOutput(tool, Parsed(Take(tags, ToolResult)));
                break;
            case RetrieverStep retriever:
                SetInput(retriever, "query", Take(tags, Query));
                retriever.Documents = Parsed(Take(tags, Documents));
                break;
            default:
                if (step is AgentStep)
                {
                    step.Name = Text(Take(tags, ["gen_ai.agent.name"])) ?? SubjectOf(span.DisplayName);
                }

                SetInput(step, "prompt", Messages(Parsed(Take(tags, InputMessages))));
                SetOutput(step, Answer(Parsed(Take(tags, OutputMessages))));
                break;
        }

        ReadEvents(step, span);
        ReadStatus(step, span);
        foreach (var (name, value) in tags)
        {
            step.Metadata[name] = value;
        }
    }

    private static void ReadRequest(ModelStep request, Dictionary<string, object?> tags, Activity span)
    {
        var served = Text(Take(tags, ResponseModel));
        var requested = Text(Take(tags, RequestModel));
        var (provider, model) = ProviderDisplayName.Of(Text(Take(tags, Provider)), Endpoint(tags)).Resolve(requested);
        request.Provider = provider.Provider;
        request.Name = provider.StepName(request.Type, noun: null);
        request.SetModel(requested, model);
        if (served is not null)
        {
            request.SetServedModel(served);
            request.Metadata["servedModel"] = served;
        }

        request.PromptTokens = Count(Take(tags, InputTokens));
        var completion = Count(Take(tags, OutputTokens));
        request.Tokens = request.PromptTokens is null && completion is null ? null : (request.PromptTokens ?? 0) + (completion ?? 0);
        var parameters = tags.Where(static tag => tag.Value is not null && RequestParameters.NameOf(tag.Key) is not null).ToArray();
        if (parameters.Length > 0)
        {
            request.ModelParameters = parameters.ToDictionary(static tag => RequestParameters.NameOf(tag.Key)!, static tag => tag.Value);
            Array.ForEach(parameters, tag => tags.Remove(tag.Key));
        }

        if (Count(Take(tags, ["gen_ai.embeddings.dimension.count"])) is { } dimensions && request is EmbeddingStep embedding)
        {
            embedding.EmbeddingDimensions = dimensions;
        }

        if (request is ChatCompletionStep chat)
        {
            chat.CompletionTokens = completion;
            chat.Usage = UsageCounts.Of(
                request.PromptTokens, completion, UsageParts(tags), promptExcludesCache: false, completionExcludesReasoning: false);
        }

        SetInput(request, request is EmbeddingStep ? "input" : "prompt", Messages(Parsed(Take(tags, InputMessages))) ?? MessagesOfEvents(span));
        SetOutput(request, Answer(Parsed(Take(tags, OutputMessages))));
    }

    // Those that are not priced by themselves stay in the metadata.
    private static Dictionary<string, long> UsageParts(Dictionary<string, object?> tags)
    {
        var parts = new Dictionary<string, long>();
        foreach (var (name, attribute) in Parts)
        {
            if (Count(tags.GetValueOrDefault(attribute)) is { } count)
            {
                parts[name] = count;
            }
        }

        return parts;
    }

    private static Uri? Endpoint(Dictionary<string, object?> tags) =>
        Text(tags.GetValueOrDefault("server.address")) is { } host && Uri.TryCreate($"https://{host}", UriKind.Absolute, out var address) ? address : null;

    private static void ReadEvents(Step step, Activity span)
    {
        var events = span.Events
            .Where(static one => one.Name != "exception" && !one.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(static one => new { name = one.Name, attributes = one.Tags.ToDictionary() })
            .ToArray();
        if (events.Length > 0)
        {
            step.Metadata["events"] = events;
        }
    }

    private static void ReadStatus(Step step, Activity span)
    {
        if (span.Status != ActivityStatusCode.Error)
        {
            return;
        }

        var exception = span.Events.LastOrDefault(static one => one.Name == "exception");
        step.RecordFailure(
            Text(span.GetTagItem("error.type")) ?? Text(Tag(exception, "exception.type")),
            span.StatusDescription ?? Text(Tag(exception, "exception.message")) ?? "error");
    }

    // What follows the operation in the span's name.
    private static string SubjectOf(string name) => name[(name.IndexOf(' ', StringComparison.Ordinal) + 1)..];

    private static object? Tag(ActivityEvent one, string name) => one.Tags is null ? null : one.Tags.FirstOrDefault(tag => tag.Key == name).Value;

    private static object? Take(Dictionary<string, object?> tags, string[] names)
    {
        foreach (var name in names)
        {
            if (tags.Remove(name, out var value) && value is not null)
            {
                return value;
            }
        }

        return null;
    }

    private static void SetInput(Step step, string name, object? value)
    {
        if (value is not null && step.Trace.Capture.HasInputs)
        {
            step.Inputs[name] = value;
        }
    }

    private static void SetOutput(Step step, object? value)
    {
        if (value is not null && step.Trace.Capture.HasOutputs)
        {
            step.SetCapturedOutput(step.Trace.Capture.Capture(value));
        }
    }

    private static List<Dictionary<string, object?>>? MessagesOfEvents(Activity span)
    {
        var messages = span.Events
            .Where(static one => MessageEvents.ContainsKey(one.Name))
            .Select(static one => new Dictionary<string, object?>
            {
                ["role"] = MessageEvents[one.Name],
                ["content"] = Parsed(Tag(one, "content") ?? Tag(one, "gen_ai.event.content")),
            })
            .ToList();
        return messages.Count == 0 ? null : messages;
    }

    // From [{"role", "parts"}] to the form of the platform: [{"role", "content"}].
    private static object? Messages(object? messages) => messages is JsonElement { ValueKind: JsonValueKind.Array } array
        ? array.EnumerateArray().Select(static message => message.ValueKind == JsonValueKind.Object && message.TryGetProperty("parts", out var parts)
            ? new Dictionary<string, object?> { ["role"] = Text(message, "role"), ["content"] = Content(parts) }
            : (object)message).ToArray()
        : messages;

    // An answer of one message is its content.
    private static object? Answer(object? messages)
    {
        if (messages is not JsonElement { ValueKind: JsonValueKind.Array } array)
        {
            return messages;
        }

        var answers = array.EnumerateArray()
            .Select(static message => message.ValueKind == JsonValueKind.Object && message.TryGetProperty("parts", out var parts) ? Content(parts) : message)
            .ToArray();
        return answers is [var only] ? only : answers;
    }

    private static object? Content(JsonElement parts)
    {
        if (parts.ValueKind != JsonValueKind.Array)
        {
            return parts;
        }

        var read = parts.EnumerateArray().Select(Part).ToArray();
        return read switch
        {
            [] => null,
            [Dictionary<string, object?> { } only] when only.GetValueOrDefault("type") is "text" => only["text"],
            [var only] => only,
            _ => read,
        };
    }

    private static object Part(JsonElement part) => Text(part, "type") switch
    {
        "text" => new Dictionary<string, object?> { ["type"] = "text", ["text"] = Text(part, "content") },
        "tool_call" => new Dictionary<string, object?>
        {
            ["id"] = Text(part, "id"),
            ["name"] = Text(part, "name"),
            ["arguments"] = part.TryGetProperty("arguments", out var arguments) ? arguments : null,
        },
        "tool_call_response" => new Dictionary<string, object?>
        {
            ["type"] = "tool_result",
            ["id"] = Text(part, "id"),
            ["result"] = part.TryGetProperty("response", out var response) ? response : null,
        },
        _ => part,
    };

    private static string? Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString() : null;

    private static object? Parsed(object? value)
    {
        if (value is not string { Length: > 0 } text || text[0] is not ('{' or '[' or '"'))
        {
            return value;
        }

        try
        {
            return JsonDocument.Parse(text).RootElement;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static string? Text(object? value) => value is string { Length: > 0 } text ? text : null;

    private static int? Count(object? value) => value switch
    {
        int count => count,
        long count => (int)Math.Clamp(count, int.MinValue, int.MaxValue),
        string text when int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var count) => count,
        _ => null,
    };
}
