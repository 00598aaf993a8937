namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>GroqSharp, by its documentation: no test runs the package itself. Its methods return the text of the answer only.</summary>
internal static class Groq
{
    private static readonly ModelOperation Chat = new()
    {
        Prompt = new("messages"),
        Role = new("Role.ToString()"),
        MessageFields = [("tool_call_id", new("ToolCallId"))],
        Content = [new("Content")],
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "GroqSharp.IGroqClient",
            AssemblyName = "GroqSharp",
            Provider = "groq",
            Operations =
            [
                Chat with { Method = "CreateChatCompletionAsync" },
                Chat with { Method = "CreateChatCompletionStreamAsync" },
                Chat with { Method = "CreateChatCompletionWithToolsAsync" },
                Chat with { Method = "GetStructuredChatCompletionAsync", RequiredParameter = "jsonStructure" },
            ],
        },
    ];
}
