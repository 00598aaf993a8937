using System.Reflection;

namespace Openlayer.Interception.Providers;

/// <summary>
/// The table of model clients that are recognised. They are known by the names of their types, without a reference to their packages;
/// which version of a package is used is the application's business.
/// </summary>
internal static class ProviderClients
{
    private static readonly ContentShape[] ExtensionsAIContents =
    [
        new("TextContent", ContentKind.Text, ("text", new("Text"))),
        new("TextReasoningContent", ContentKind.Reasoning, ("text", new("Text"))),
        new("FunctionCallContent", ContentKind.ToolCall, ("id", new("CallId")), ("name", new("Name")), ("arguments", new("Arguments"))),
        new("FunctionResultContent", ContentKind.ToolResult, ("id", new("CallId")), ("result", new("Result"))),
        new("DataContent", ContentKind.Media, ("mediaType", new("MediaType")), ("name", new("Name")), ("bytes", new("Data.Length"))),
        new("UriContent", ContentKind.Media, ("mediaType", new("MediaType")), ("uri", new("Uri"))),
        new("HostedFileContent", ContentKind.Media, ("mediaType", new("MediaType")), ("name", new("Name")), ("fileId", new("FileId"))),
        new("ErrorContent", ContentKind.Error, ("message", new("Message")), ("code", new("ErrorCode"))),
        new("UsageContent", ContentKind.Usage, ("usage", new("Details"))),
    ];

    private static readonly ModelOperation ExtensionsAIChat = new()
    {
        StepType = StepType.ChatCompletion,
        Prompt = new("messages"),
        Instructions = new("options.Instructions"),
        RequestedModel = new("options.ModelId"),
        Parameters =
        [
            ("temperature", new("options.Temperature")),
            ("max_tokens", new("options.MaxOutputTokens")),
            ("top_p", new("options.TopP")),
            ("top_k", new("options.TopK")),
            ("frequency_penalty", new("options.FrequencyPenalty")),
            ("presence_penalty", new("options.PresencePenalty")),
            ("seed", new("options.Seed")),
            ("stop", new("options.StopSequences")),
        ],
        Tools = new("options.Tools"),
        Role = new("Role.Value"),
        Content = new("Contents"),
        ResponseMessages = new("Messages"),
        ServedModel = new("ModelId"),
        Usage = new("Usage"),
        PromptTokens = new("InputTokenCount"),
        CompletionTokens = new("OutputTokenCount"),
        Tokens = new("TotalTokenCount"),
        UsageMetadata = [("cachedTokens", new("CachedInputTokenCount")), ("reasoningTokens", new("ReasoningTokenCount"))],
        Metadata = [("responseId", new("ResponseId")), ("servedModel", new("ModelId")), ("finishReason", new("FinishReason.Value"))],
        Contents = ExtensionsAIContents,
    };

    // What a client that says itself what it is may call things: the words of the wire formats, and those .NET clients make of them.
    private static readonly ModelOperation DescribedOperation = new()
    {
        StepType = StepType.ChatCompletion,
        Prompt = new(
            "messages", "chatHistory", "history", "conversation", "prompt", "question", "input", "inputs", "query", "text",
            "request.Messages", "request.Prompt", "request.Input"),
        Instructions = new("system", "systemPrompt", "instructions", "options.Instructions", "request.System", "request.Instructions"),
        RequestedModel = new(
            "model", "modelId", "modelName", "options.Model", "options.ModelId", "request.Model", "request.ModelId", "settings.ModelId"),
        Parameters =
        [
            ("temperature", new("temperature", "options.Temperature", "request.Temperature", "settings.Temperature")),
            ("max_tokens", new("maxTokens", "options.MaxTokens", "options.MaxOutputTokens", "request.MaxTokens", "settings.MaxTokens")),
            ("top_p", new("topP", "options.TopP", "request.TopP", "settings.TopP")),
            ("frequency_penalty", new("options.FrequencyPenalty", "request.FrequencyPenalty")),
            ("presence_penalty", new("options.PresencePenalty", "request.PresencePenalty")),
            ("seed", new("seed", "options.Seed", "request.Seed")),
            ("stop", new("stop", "options.StopSequences", "request.Stop", "request.StopSequences")),
        ],
        Tools = new("tools", "options.Tools", "request.Tools"),
        Role = new("Role.Value", "Role"),
        Content = new("Contents", "Content", "Text", "OutputText", "Answer", "Completion", "Output", "Message.Content", "Choices.0.Message.Content"),
        ResponseMessages = new("Messages"),
        ServedModel = new("ModelId", "Model"),
        Usage = new("Usage", "TokenUsage", "Metadata.Usage"),
        PromptTokens = new("InputTokenCount", "InputTokens", "PromptTokens", "PromptTokenCount"),
        CompletionTokens = new("OutputTokenCount", "OutputTokens", "CompletionTokens", "CompletionTokenCount"),
        Tokens = new("TotalTokenCount", "TotalTokens"),
        UsageMetadata = [],
        Metadata = [("responseId", new("ResponseId", "Id")), ("finishReason", new("FinishReason.Value", "FinishReason", "StopReason"))],
        Contents = ExtensionsAIContents,
    };

    private static readonly ProviderClient[] Known =
    [
        new()
        {
            TypeName = "Microsoft.Extensions.AI.IChatClient",
            AssemblyName = "Microsoft.Extensions.AI.Abstractions",
            MetadataTypeName = "Microsoft.Extensions.AI.ChatClientMetadata",
            Operations =
            [
                ExtensionsAIChat with { Method = "GetResponseAsync" },
                ExtensionsAIChat with { Method = "GetStreamingResponseAsync" },
            ],
        },
    ];

    /// <summary>
    /// The client that a method belongs to. Null if it is an ordinary service: neither the interface or class that declares the method,
    /// nor the class of the target, is one that is known or says so itself.
    /// </summary>
    /// <param name="method">The method that is called.</param>
    /// <param name="targetType">The class of the target.</param>
    public static ProviderClient? Find(MethodInfo method, Type targetType) =>
        Described(targetType, method.DeclaringType!) ?? Candidates(method, targetType).Select(Find).FirstOrDefault(static client => client is not null);

    private static ProviderClient? Described(params Type[] types) =>
        types.Select(static type => type.GetCustomAttribute<ProviderClientAttribute>(inherit: true)).FirstOrDefault(static found => found is not null)
            is { } attribute
            ? new ProviderClient { Provider = attribute.Provider, Operations = [DescribedOperation with { StepType = attribute.StepType }] }
            : null;

    private static ProviderClient? Find(Type type) =>
        Array.Find(Known, client => client.TypeName == type.FullName && client.AssemblyName == type.Assembly.GetName().Name);

    // A class's method is also that of an interface which it implements.
    private static IEnumerable<Type> Candidates(MethodInfo method, Type targetType) =>
        method.DeclaringType is { IsInterface: false } declaring
            ? Hierarchy(declaring).Concat(
                targetType.GetInterfaces().Where(implemented => Array.IndexOf(targetType.GetInterfaceMap(implemented).TargetMethods, method) >= 0))
            : [method.DeclaringType!];

    private static IEnumerable<Type> Hierarchy(Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
        {
            yield return declaring;
        }
    }
}
