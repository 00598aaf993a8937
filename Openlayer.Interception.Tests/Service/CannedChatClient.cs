using Microsoft.Extensions.AI;

namespace Openlayer.Interception.Tests.Service;

/// <summary>Gives the same answer to everything.</summary>
internal sealed class CannedChatClient : IChatClient
{
    private static readonly ChatClientMetadata Metadata = new("openai", new Uri("https://api.openai.com"), "gpt-4o-mini");

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return new(new ChatMessage(ChatRole.Assistant, "Its step ends with what it has produced so far."))
        {
            ModelId = "gpt-4o-mini",
            ResponseId = "chatcmpl-1",
            FinishReason = ChatFinishReason.Stop,
            Usage = new() { InputTokenCount = 48, OutputTokenCount = 11, TotalTokenCount = 59 },
        };
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? Metadata : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }
}
