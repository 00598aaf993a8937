using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;
using OllamaSharp;
using OllamaSharp.Models.Chat;
using OpenAI.Chat;
using OpenAI.Responses;
using Openlayer.Interception.ModelClients;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The counts that Openlayer prices do not overlap, whatever an SDK counts together.</summary>
public sealed class UsageDetailsTests : IAsyncLifetime
{
    private const string Question = "capital?";

    private TestedClients _clients = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    public static TheoryData<string> OpenAIChats => ["ChatClient", "IChatClient", "IChatClient over a traced ChatClient", "IChatCompletionService"];

    [Theory]
    [MemberData(nameof(OpenAIChats))]
    public async Task OpenAI_counts_cached_and_audio_tokens_as_input_and_reasoning_and_audio_as_output(string client)
    {
        _clients.OpenAI.AnswerMessage(new { role = "assistant", content = "Paris" }, new
        {
            prompt_tokens = 20,
            prompt_tokens_details = new { cached_tokens = 4, audio_tokens = 2 },
            completion_tokens = 10,
            completion_tokens_details = new { reasoning_tokens = 3, audio_tokens = 1 },
            total_tokens = 30,
        });

        await (client switch
        {
            "ChatClient" => _clients.Get<ChatClient>().CompleteChatAsync([new UserChatMessage(Question)], cancellationToken: Token),
            "IChatClient" => _clients.Get<IChatClient>().GetResponseAsync(Question, cancellationToken: Token),
            "IChatClient over a traced ChatClient" => _clients.Get<IChatClient>(TestedClients.OverProxy).GetResponseAsync(Question, cancellationToken: Token),
            _ => (Task)_clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(new ChatHistory(Question, AuthorRoleOfUser), cancellationToken: Token),
        });

        var step = await StepAsync();
        AssertDetails(step, ("input_tokens", 14), ("output_tokens", 9), ("cached_tokens", 4), ("input_audio_tokens", 2), ("output_audio_tokens", 1));
        Assert.Equal(30, step.UsageDetails!.Values.Sum());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_responses_of_OpenAI_count_as_its_chats_do(bool isStreamed)
    {
        _clients.OpenAI.AnswerOutput(new { type = "message", id = "msg_1", role = "assistant", status = "completed", content = new[] { new { type = "output_text", text = "Paris", annotations = Array.Empty<object>() } } });
        var client = _clients.Get<ResponsesClient>();

        if (isStreamed)
        {
            await foreach (var update in await client.CreateResponseStreamingAsync(
                new CreateResponseOptions("gpt-4o-mini", [ResponseItem.CreateUserMessageItem(Question)]) { StreamingEnabled = true }, Token))
            {
                Assert.NotNull(update);
            }
        }
        else
        {
            await client.CreateResponseAsync("gpt-4o-mini", Question, cancellationToken: Token);
        }

        AssertDetails(await StepAsync(), ("input_tokens", 16), ("output_tokens", 10), ("cached_tokens", 4));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Anthropic_does_not_count_cached_tokens_as_input(bool isChatClient, bool isStreamed)
    {
        _clients.Anthropic.Answer("end_turn", new { type = "text", text = "Paris" });
        var parameters = new MessageCreateParams { MaxTokens = 64, Model = "claude-sonnet-4-5", Messages = [new MessageParam(new UserMessageParam { Content = Question })] };
        switch (isChatClient, isStreamed)
        {
            case (false, false):
                await _clients.Get<IAnthropicClient>().Messages.Create(parameters, Token);
                break;
            case (false, true):
                Assert.NotEmpty(await _clients.Get<IAnthropicClient>().Messages.CreateStreaming(parameters, Token).ToListAsync(Token));
                break;
            case (true, false):
                await BareAnthropic().GetResponseAsync(Question, cancellationToken: Token);
                break;
            default:
                Assert.NotEmpty(await BareAnthropic().GetStreamingResponseAsync(Question, cancellationToken: Token).ToListAsync(Token));
                break;
        }

        AssertDetails(await StepAsync(), ("input_tokens", 20), ("output_tokens", 10), ("cached_tokens", 4));
    }

    [Fact]
    public async Task Ollama_counts_input_and_output_only()
    {
        await foreach (var item in _clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Messages = [new(OllamaSharp.Models.Chat.ChatRole.User, Question)] }, Token))
        {
            Assert.NotNull(item);
        }

        AssertDetails(await StepAsync(), ("input_tokens", 20), ("output_tokens", 10));
    }

    [Fact]
    public async Task A_deployment_of_Azure_has_the_model_that_responded_and_its_own_name_in_the_metadata()
    {
        await _clients.Get<IChatCompletionService>("Azure").GetChatMessageContentsAsync(new ChatHistory(Question, AuthorRoleOfUser), cancellationToken: Token);

        var step = await StepAsync();
        Assert.Equal(("Azure", "gpt-4o-mini-2024-07-18", "gpt-4o-mini"), (step.Provider, step.Model, step.Metadata["requestedModel"]));
    }

    [Fact]
    public async Task A_gateway_that_takes_the_slug_of_a_provider_has_that_provider_and_model()
    {
        await _clients.Get<IChatClient>().GetResponseAsync(Question, new() { ModelId = "anthropic/claude-sonnet-4-5" }, Token);

        var step = await StepAsync();
        Assert.Equal(("Anthropic Message Creation", "Anthropic", "claude-sonnet-4-5"), (step.Name, step.Provider, step.Model));
        Assert.Equal("anthropic/claude-sonnet-4-5", step.Metadata["requestedModel"]);
    }

    [Theory]
    [InlineData(20, 10, 4, 0, false, false, "input_tokens 16, output_tokens 10, cached_tokens 4")]
    [InlineData(20, 10, 4, 6, false, false, "input_tokens 10, output_tokens 10, cached_tokens 4, cache_creation_tokens 6")]
    [InlineData(20, 10, 4, 6, true, false, "input_tokens 20, output_tokens 10, cached_tokens 4, cache_creation_tokens 6")]
    [InlineData(20, 10, 0, 0, false, true, "input_tokens 20, output_tokens 13")]
    [InlineData(4, 10, 4, 0, false, false, "output_tokens 10, cached_tokens 4")]
    [InlineData(4, 10, 40, 0, false, false, "input_tokens 4, output_tokens 10, cached_tokens 40")]
    [InlineData(-4, -10, -40, 0, false, false, "")]
    public void Counts_of_any_definition_do_not_overlap(
        int prompt, int completion, int cached, int created, bool excludesCache, bool excludesReasoning, string expected)
    {
        var parts = new Dictionary<string, long> { [UsageCounts.Cached] = cached, [UsageCounts.CacheCreation] = created, [UsageCounts.Reasoning] = 3 };

        var counts = UsageCounts.Of(prompt, completion, parts, excludesCache, excludesReasoning)!;

        Assert.Equal(expected, string.Join(", ", counts.Select(static count => $"{count.Key} {count.Value}")));
    }

    [Fact]
    public void Without_counts_of_the_provider_there_are_none() => Assert.Null(UsageCounts.Of(null, null, new Dictionary<string, long>(), false, false));

    private static Microsoft.SemanticKernel.ChatCompletion.AuthorRole AuthorRoleOfUser => AuthorRole.User;

    private static void AssertDetails(ChatCompletionStep step, params (string Name, int Count)[] expected) =>
        Assert.Equal(expected.Order(), step.UsageDetails!.Select(static count => (count.Key, count.Value)).Order());

    private IChatClient BareAnthropic() => _clients.Tracer.Intercept(
        new AnthropicClient(new Anthropic.Core.ClientOptions { ApiKey = "key", BaseUrl = _clients.Anthropic.Endpoint.ToString() }).AsIChatClient("claude-sonnet-4-5"));

    private async Task<ChatCompletionStep> StepAsync() => Assert.IsType<ChatCompletionStep>((await _clients.PublishedAsync()).Root);
}
