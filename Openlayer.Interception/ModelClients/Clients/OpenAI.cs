using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>The clients of the OpenAI library, as of 2.15, and of Azure.AI.OpenAI on top of it, as of 2.9.</summary>
internal static class OpenAI
{
    public static readonly (string Name, ValuePath Path)[] ToolFields =
    [
        ("name", new("FunctionName")),
        ("description", new("FunctionDescription")),
        ("parameters", new("FunctionParameters.ToString()")),
    ];

    private static readonly string[] Factories =
    [
        "GetChatClient", "GetEmbeddingClient", "GetResponsesClient", "GetImageClient", "GetAudioClient", "GetModerationClient", "GetRealtimeClient",
    ];

    public static (string Name, ValuePath Path)[] TokenDetails =>
    [
        ("cachedTokens", new("InputTokenDetails.CachedTokenCount")),
        ("inputAudioTokens", new("InputTokenDetails.AudioTokenCount")),
        ("reasoningTokens", new("OutputTokenDetails.ReasoningTokenCount")),
        ("outputAudioTokens", new("OutputTokenDetails.AudioTokenCount")),
    ];

    public static ProviderClient[] Clients =>
    [
        Client("OpenAI.Chat.ChatClient", OpenAIChat.Operations),
        Client("OpenAI.Embeddings.EmbeddingClient", OpenAIEmbeddings.Operations),
        Client("OpenAI.Responses.ResponsesClient", OpenAIResponses.Operations),
        Client("OpenAI.Images.ImageClient", OpenAIImages.Operations),
        Client("OpenAI.Audio.AudioClient", OpenAIAudio.Operations),
        Client("OpenAI.Moderations.ModerationClient", OpenAIModerations.Operations),
        Client("OpenAI.Realtime.RealtimeSessionClient", OpenAIRealtime.Operations),
        Client("OpenAI.Realtime.RealtimeClient", []) with { FactoryMembers = OpenAIRealtime.Factories },
        Client("OpenAI.OpenAIClient", []),
        Azure("Azure.AI.OpenAI.Chat.AzureChatClient", OpenAIChat.Operations),
        Azure("Azure.AI.OpenAI.Embeddings.AzureEmbeddingClient", OpenAIEmbeddings.Operations),
        Azure("Azure.AI.OpenAI.Responses.AzureResponsesClient", OpenAIResponses.Operations),
        Azure("Azure.AI.OpenAI.Images.AzureImageClient", OpenAIImages.Operations),
        Azure("Azure.AI.OpenAI.Audio.AzureAudioClient", OpenAIAudio.Operations),
        Azure("Azure.AI.OpenAI.AzureOpenAIClient", []),
    ];

    private static ProviderClient Client(string typeName, ModelOperation[] operations) => new()
    {
        TypeName = typeName,
        AssemblyName = "OpenAI",
        Provider = "OpenAI",
        DefaultModel = new("Model"),
        Endpoint = new("Endpoint"),
        Operations = operations,
        FactoryMembers = operations.Length == 0 ? Factories : [],
    };

    private static ProviderClient Azure(string typeName, ModelOperation[] operations) =>
        Client(typeName, operations) with { AssemblyName = "Azure.AI.OpenAI", Provider = "Azure" };
}
