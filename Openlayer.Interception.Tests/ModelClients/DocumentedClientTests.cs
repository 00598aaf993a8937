using System.Text;
using Microsoft.Extensions.AI;

// Some names of the SDKs are those of types.
#pragma warning disable CA1720

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>
/// SDKs that no test can reference: their interfaces are recognised by name, and their requests and responses, as the SDKs document them, are read
/// by shape.
/// </summary>
public sealed class DocumentedClientTests : IAsyncLifetime
{
    private readonly InMemoryTracePublisher _published = new();
    private OpenlayerTracer _tracer = null!;

    public interface IBedrock
    {
        Task<Bedrock.ConverseResponse> ConverseAsync(Bedrock.ConverseRequest request, CancellationToken cancellationToken);

        Task<Bedrock.InvokeModelResponse> InvokeModelAsync(Bedrock.InvokeModelRequest request, CancellationToken cancellationToken);

        Task<Bedrock.ConverseResponse> ConverseStreamAsync(Bedrock.ConverseRequest request, CancellationToken cancellationToken);

        Task<string> ListAsync(string request);
    }

    public interface ICohere
    {
        Task<Cohere.ChatResponseV2> Chat2Async(Cohere.Chatv2Request request, string? xClientName, CancellationToken cancellationToken);

        IAsyncEnumerable<Cohere.StreamedChatResponseV2> Chat2AsStreamAsync(Cohere.Chatv2Request request, string? xClientName, CancellationToken cancellationToken);

        Task<Cohere.EmbedByTypeResponse> Embed2Async(Cohere.V2EmbedRequest request, string? xClientName, CancellationToken cancellationToken);

        Task<Cohere.V2RerankResponse> Rerank2Async(string model, string query, IList<string> documents, int? topN);
    }

    public interface IGroq
    {
        Task<string> CreateChatCompletionAsync(params Groq.Message[] messages);

        IAsyncEnumerable<string> CreateChatCompletionStreamAsync(params Groq.Message[] messages);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _tracer = new OpenlayerTracer(new() { SendToOpenlayer = false, Publishers = { _published } });
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _tracer.DisposeAsync();

    [Fact]
    public async Task A_conversation_with_Bedrock_is_a_chat_completion_step()
    {
        var client = NamedInterface.Traced<IBedrock>(_tracer, "AWSSDK.BedrockRuntime", "Amazon.BedrockRuntime.IAmazonBedrockRuntime", new BedrockClient());

        await (Task)client(nameof(IBedrock.ConverseAsync), [new Bedrock.ConverseRequest(), Cancellation])!;

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("AWS Bedrock Model Invocation", "Bedrock", "anthropic.claude-sonnet-4-5"), (step.Name, step.Provider, step.Model));
        Assert.Equal(
            """[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"capital?"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}}]}]""",
            RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal("""{"temperature":0.5,"max_tokens":64}""", RecordedJson.Of(step.ModelParameters));
        Assert.Equal("""{"toolCalls":[{"id":"call_1","name":"find_weather","arguments":{"city":"Paris"}}],"content":"Let me see."}""", RecordedJson.Of(step.Output));
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal((4, "tool_use"), (step.Metadata["cachedTokens"], step.Metadata["finishReason"]));
    }

    [Fact]
    public async Task A_model_that_Bedrock_invokes_is_read_from_the_bodies()
    {
        var client = NamedInterface.Traced<IBedrock>(_tracer, "AWSSDK.BedrockRuntime", "Amazon.BedrockRuntime.IAmazonBedrockRuntime", new BedrockClient());

        await (Task)client(nameof(IBedrock.InvokeModelAsync), [new Bedrock.InvokeModelRequest(), Cancellation])!;

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal("""[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]""", RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal(("Paris", 20, 10), (step.Output, step.PromptTokens, step.CompletionTokens));
        Assert.Equal("""{"max_tokens":64}""", RecordedJson.Of(step.ModelParameters));
    }

    [Fact]
    public async Task A_stream_of_Bedrock_is_a_step_with_its_request()
    {
        var client = NamedInterface.Traced<IBedrock>(_tracer, "AWSSDK.BedrockRuntime", "Amazon.BedrockRuntime.IAmazonBedrockRuntime", new BedrockClient());

        await (Task)client(nameof(IBedrock.ConverseStreamAsync), [new Bedrock.ConverseRequest(), Cancellation])!;

        var step = await StepAsync<ChatCompletionStep>();
        Assert.NotNull(step.Inputs["prompt"]);
        Assert.Null(step.Output);
    }

    [Fact]
    public async Task What_is_no_request_to_a_model_is_no_step()
    {
        var client = NamedInterface.Traced<IBedrock>(_tracer, "AWSSDK.BedrockRuntime", "Amazon.BedrockRuntime.IAmazonBedrockRuntime", new BedrockClient());

        Assert.Equal("listed", await (Task<string>)client(nameof(IBedrock.ListAsync), ["all"])!);

        await _tracer.FlushAsync(Cancellation);
        Assert.Empty(_published.Traces);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chat_with_Cohere_is_a_chat_completion_step(bool isStreamed)
    {
        var client = NamedInterface.Traced<ICohere>(_tracer, "Cohere", "Cohere.IV2Client", new CohereClient());

        if (isStreamed)
        {
            await ((IAsyncEnumerable<Cohere.StreamedChatResponseV2>)client(nameof(ICohere.Chat2AsStreamAsync), [new Cohere.Chatv2Request(), null, Cancellation])!)
                .ToListAsync(Cancellation);
        }
        else
        {
            await (Task)client(nameof(ICohere.Chat2Async), [new Cohere.Chatv2Request(), null, Cancellation])!;
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("Cohere Chat Completion", "Cohere", "command-a"), (step.Name, step.Provider, step.Model));
        Assert.Equal("""[{"role":"user","content":"capital?"}]""", RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal(("Paris", 20, 10, 30), (step.Output, step.PromptTokens, step.CompletionTokens, step.Tokens));
    }

    [Fact]
    public async Task An_embedding_of_Cohere_is_an_embedding_step()
    {
        var client = NamedInterface.Traced<ICohere>(_tracer, "Cohere", "Cohere.IV2Client", new CohereClient());

        await (Task)client(nameof(ICohere.Embed2Async), [new Cohere.V2EmbedRequest(), null, Cancellation])!;

        var step = await StepAsync<EmbeddingStep>();
        Assert.Equal(("Cohere Embedding", "embed-v4", 2, 3, 7), (step.Name, step.Model, step.EmbeddingCount, step.EmbeddingDimensions, step.PromptTokens));
        Assert.Equal("""["one","two"]""", RecordedJson.Of(step.Inputs["input"]));
    }

    [Fact]
    public async Task A_reranking_of_Cohere_is_a_retriever_step()
    {
        var client = NamedInterface.Traced<ICohere>(_tracer, "Cohere", "Cohere.IV2Client", new CohereClient());

        await (Task)client(nameof(ICohere.Rerank2Async), ["rerank-v4", "capital?", new List<string> { "Paris", "Rome" }, 1])!;

        var step = await StepAsync<RetrieverStep>();
        Assert.Equal("Cohere Rerank", step.Name);
        Assert.Equal("""{"query":"capital?","model":"rerank-v4","top":1,"documents":["Paris","Rome"]}""", RecordedJson.Of(step.Inputs));
        Assert.Equal("""[{"index":0,"score":0.75}]""", RecordedJson.Of(step.Documents));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_chat_with_Groq_is_a_chat_completion_step(bool isStreamed)
    {
        var client = NamedInterface.Traced<IGroq>(_tracer, "GroqSharp", "GroqSharp.IGroqClient", new GroqClient());
        Groq.Message[] messages = [new(Groq.MessageRoleType.System, "Be brief."), new(Groq.MessageRoleType.User, "capital?")];

        if (isStreamed)
        {
            await ((IAsyncEnumerable<string>)client(nameof(IGroq.CreateChatCompletionStreamAsync), [messages])!).ToListAsync(Cancellation);
        }
        else
        {
            await (Task)client(nameof(IGroq.CreateChatCompletionAsync), [messages])!;
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("Groq Chat Completion", "Groq", "Paris"), (step.Name, step.Provider, step.Output));
        Assert.Equal("""[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]""", RecordedJson.Of(step.Inputs["prompt"]));
    }

    [Theory]
    [InlineData("gcp.gen_ai", "Gemini Generation", "Gemini")]
    [InlineData("aws.bedrock", "AWS Bedrock Model Invocation", "Bedrock")]
    [InlineData("MistralClient", "Mistral Chat Completion", "Mistral")]
    [InlineData("CohereClient", "Cohere Chat Completion", "Cohere")]
    [InlineData("groq", "Groq Chat Completion", "Groq")]
    [InlineData("azure.ai.inference", "Azure AI Chat Completion", "Azure")]
    public async Task A_chat_client_of_an_SDK_is_known_by_the_name_that_it_reports(string reported, string name, string provider)
    {
        await _tracer.Intercept<IChatClient>(new Adapter(reported)).GetResponseAsync("capital?", cancellationToken: Cancellation);

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal((name, provider, "m"), (step.Name, step.Provider, step.Model));
    }

    private async Task<TStep> StepAsync<TStep>()
        where TStep : Step
    {
        await _tracer.FlushAsync(Cancellation);
        return Assert.IsType<TStep>(Assert.Single(_published.Traces).Root);
    }

    /// <summary>The classes of AWSSDK.BedrockRuntime that a conversation uses.</summary>
    public static class Bedrock
    {
        public sealed record ConstantClass(string Value);

        public sealed record InferenceConfiguration(float? Temperature, int? MaxTokens, float? TopP, List<string>? StopSequences);

        public sealed record ImageSource(MemoryStream Bytes);

        public sealed record ImageBlock(ConstantClass Format, ImageSource Source);

        public sealed record ToolUseBlock(string ToolUseId, string Name, Dictionary<string, string> Input);

        public sealed record TokenUsage(int? InputTokens, int? OutputTokens, int? TotalTokens, int? CacheReadInputTokens);

        public sealed record Message(ConstantClass Role, List<ContentBlock> Content);

        public sealed record ConverseOutput(Message Message);

        public sealed class ContentBlock
        {
            public string? Text { get; init; }

            public ImageBlock? Image { get; init; }

            public ToolUseBlock? ToolUse { get; init; }
        }

        public sealed class SystemContentBlock
        {
            public string? Text { get; init; }
        }

        public sealed class ConverseRequest
        {
            public string ModelId { get; } = "anthropic.claude-sonnet-4-5";

            public List<SystemContentBlock> System { get; } = [new() { Text = "Be brief." }];

            public List<Message> Messages { get; } =
            [
                new(new("user"), [new() { Text = "capital?" }, new() { Image = new(new("png"), new(new([0x89, 0x50, 0x4E]))) }]),
            ];

            public InferenceConfiguration InferenceConfig { get; } = new(0.5f, 64, null, null);
        }

        public sealed class ConverseResponse
        {
            public ConverseOutput Output { get; } = new(new(
                new("assistant"), [new() { Text = "Let me see." }, new() { ToolUse = new("call_1", "find_weather", new() { ["city"] = "Paris" }) }]));

            public ConstantClass StopReason { get; } = new("tool_use");

            public TokenUsage Usage { get; } = new(20, 10, 30, 4);
        }

        public sealed class InvokeModelRequest
        {
            public string ModelId { get; } = "anthropic.claude-sonnet-4-5";

            public MemoryStream Body { get; } =
                new(Encoding.UTF8.GetBytes("""{"max_tokens":64,"system":"Be brief.","messages":[{"role":"user","content":[{"type":"text","text":"capital?"}]}]}"""));
        }

        public sealed class InvokeModelResponse
        {
            public MemoryStream Body { get; } =
                new(Encoding.UTF8.GetBytes("""{"id":"msg_1","content":[{"type":"text","text":"Paris"}],"usage":{"input_tokens":20,"output_tokens":10}}"""));
        }
    }

    /// <summary>The classes of Cohere that a chat, an embedding and a reranking use.</summary>
    public static class Cohere
    {
        public sealed record OneOf(string? Value1);

        public sealed record UserMessageV2(string Role, OneOf Content);

        public sealed record ChatMessageV2(object Object);

        public sealed record ChatTextContent(string Text);

        public sealed record ContentItem(object Object);

        public sealed record AssistantMessageResponse(List<ContentItem> Content);

        public sealed record UsageTokens(double? InputTokens, double? OutputTokens);

        public sealed record Usage(UsageTokens Tokens);

        public sealed record DeltaContent(string Text);

        public sealed record DeltaMessage(DeltaContent Content);

        public sealed record Delta(DeltaMessage? Message, Usage? Usage);

        public sealed record DeltaEvent(Delta Delta);

        public sealed record ChatContentDeltaEvent(DeltaEvent Event3m0vqs);

        public sealed record ChatMessageEndEvent(DeltaEvent U3fzny);

        public sealed record StreamedChatResponseV2(ChatContentDeltaEvent? ContentDelta, ChatMessageEndEvent? MessageEnd);

        public sealed record EmbedByTypeResponseEmbeddings(List<List<double>> Float);

        public sealed record BilledUnits(double? InputTokens);

        public sealed record ApiMeta(BilledUnits BilledUnits);

        public sealed record V2RerankResponseResultsItem(int Index, float RelevanceScore);

        public sealed class Chatv2Request
        {
            public string Model { get; } = "command-a";

            public List<ChatMessageV2> Messages { get; } = [new(new UserMessageV2("User", new("capital?")))];
        }

        public sealed class ChatResponseV2
        {
            public string Id { get; } = "chat_1";

            public AssistantMessageResponse Message { get; } = new([new(new ChatTextContent("Paris"))]);

            public Usage Usage { get; } = new(new(20, 10));
        }

        public sealed class V2EmbedRequest
        {
            public string Model { get; } = "embed-v4";

            public List<string> Texts { get; } = ["one", "two"];
        }

        public sealed class EmbedByTypeResponse
        {
            public EmbedByTypeResponseEmbeddings Embeddings { get; } = new([[1, 2, 3], [4, 5, 6]]);

            public ApiMeta Meta { get; } = new(new(7));
        }

        public sealed class V2RerankResponse
        {
            public List<V2RerankResponseResultsItem> Results { get; } = [new(0, 0.75f)];
        }
    }

    /// <summary>The classes of GroqSharp that a chat uses.</summary>
    public static class Groq
    {
        public enum MessageRoleType
        {
            System,
            User,
        }

        public sealed record Message(MessageRoleType Role, string Content);
    }

    private sealed class BedrockClient : IBedrock
    {
        public Task<Bedrock.ConverseResponse> ConverseAsync(Bedrock.ConverseRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new Bedrock.ConverseResponse());

        public Task<Bedrock.InvokeModelResponse> InvokeModelAsync(Bedrock.InvokeModelRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new Bedrock.InvokeModelResponse());

        public Task<Bedrock.ConverseResponse> ConverseStreamAsync(Bedrock.ConverseRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new Bedrock.ConverseResponse());

        public Task<string> ListAsync(string request) => Task.FromResult("listed");
    }

    private sealed class CohereClient : ICohere
    {
        public Task<Cohere.ChatResponseV2> Chat2Async(Cohere.Chatv2Request request, string? xClientName, CancellationToken cancellationToken) =>
            Task.FromResult(new Cohere.ChatResponseV2());

        public async IAsyncEnumerable<Cohere.StreamedChatResponseV2> Chat2AsStreamAsync(
            Cohere.Chatv2Request request,
            string? xClientName,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return new(new(new(new(new(new("Par")), null))), null);
            yield return new(new(new(new(new(new("is")), null))), null);
            yield return new(null, new(new(new(null, new(new(20, 10))))));
        }

        public Task<Cohere.EmbedByTypeResponse> Embed2Async(Cohere.V2EmbedRequest request, string? xClientName, CancellationToken cancellationToken) =>
            Task.FromResult(new Cohere.EmbedByTypeResponse());

        public Task<Cohere.V2RerankResponse> Rerank2Async(string model, string query, IList<string> documents, int? topN) =>
            Task.FromResult(new Cohere.V2RerankResponse());
    }

    private sealed class GroqClient : IGroq
    {
        public Task<string> CreateChatCompletionAsync(params Groq.Message[] messages) => Task.FromResult("Paris");

        public IAsyncEnumerable<string> CreateChatCompletionStreamAsync(params Groq.Message[] messages) => new[] { "Par", "is" }.ToAsyncEnumerable();
    }

    private sealed class Adapter(string provider) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Paris")));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata(provider, defaultModelId: "m") : null;

        public void Dispose()
        {
        }
    }
}
