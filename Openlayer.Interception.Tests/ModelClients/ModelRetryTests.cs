using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A request that an SDK retries on its own is one request to the caller, and one step.</summary>
public sealed class ModelRetryTests : IAsyncLifetime
{
    private TestedClients _clients = null!;

    // One of each SDK and shape: the other calls of the same client retry in the same way.
    public static TheoryData<string> ThatRetry =>
    [
        "OpenAI ChatClient.CompleteChat",
        "OpenAI ChatClient.CompleteChatAsync",
        "OpenAI ChatClient.CompleteChatStreamingAsync",
        "OpenAI EmbeddingClient.GenerateEmbeddingsAsync",
        "OpenAI ResponsesClient.CreateResponseAsync",
        "OpenAI ResponsesClient.CreateResponseStreamingAsync",
        "IChatClient.GetResponseAsync",
        "IChatClient over a traced ChatClient, streamed",
        "IEmbeddingGenerator.GenerateAsync",
        "Anthropic Messages.Create",
        "Anthropic Messages.CreateStreaming",
        "SemanticKernel GetChatMessageContentsAsync",
        "SemanticKernel over AzureOpenAIClient, streamed",
        "Agents AIAgent.RunAsync",
    ];

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync(new() { Retries = 2 });

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(ThatRetry))]
    public async Task A_request_that_the_SDK_sends_three_times_is_one_step_with_the_answer(string name)
    {
        var call = ModelCalls.All[name];
        call.Server(_clients).AnswerError(500);
        call.Server(_clients).AnswerError(429);

        var text = string.Concat(await call.Ask(_clients, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(3, _clients.Requests);
        var step = Assert.Single(Requests((await _clients.PublishedAsync()).Root));
        Assert.Equal(3, step.Metadata["attempts"]);
        Assert.DoesNotContain("Exceptions", step.Metadata);
        Assert.DoesNotContain("status", step.Metadata);
        if (!call.IsEmbedding)
        {
            Assert.Equal((OpenAIServer.DefaultAnswer, OpenAIServer.DefaultAnswer), (text, step.Output));
        }
    }

    [Theory]
    [MemberData(nameof(ThatRetry))]
    public async Task A_request_that_fails_every_time_is_one_step_with_the_last_failure(string name)
    {
        var call = ModelCalls.All[name];
        for (var attempt = 0; attempt < 3; attempt++)
        {
            call.Server(_clients).AnswerError(500);
        }

        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
            await call.Ask(_clients, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(3, _clients.Requests);
        var step = Assert.Single(Requests((await _clients.PublishedAsync()).Root));
        Assert.Equal((exception.Message, 500), (step.Metadata["Exceptions"], step.Metadata["status"]));
        Assert.Equal(3, step.Metadata["attempts"]);
    }

    [Theory]
    [MemberData(nameof(ThatRetry))]
    public async Task A_request_that_is_not_retried_has_no_count_of_attempts(string name)
    {
        var call = ModelCalls.All[name];
        await call.Ask(_clients, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        call.Server(_clients).AnswerError(400);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
            await call.Ask(_clients, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(2, _clients.Requests);
        await _clients.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.All(
            _clients.Published.Traces.SelectMany(static trace => Requests(trace.Root)),
            static step => Assert.DoesNotContain("attempts", step.Metadata));
    }

    [Fact]
    public async Task Attempts_are_counted_if_the_exception_lists_them()
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _clients.OpenAI.AnswerWith(static context =>
            {
                context.Abort();
                return Task.CompletedTask;
            });
        }

        var call = ModelCalls.All["OpenAI ChatClient.CompleteChatAsync"];
        await Assert.ThrowsAsync<AggregateException>(async () =>
            await call.Ask(_clients, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(3, _clients.Requests);
        Assert.Equal(3, Assert.Single(Requests((await _clients.PublishedAsync()).Root)).Metadata["attempts"]);
    }

    private static IEnumerable<ModelStep> Requests(Step step) => step.Steps.SelectMany(Requests).Concat(step is ModelStep request ? [request] : []);
}
