using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using OpenAI;
using Openlayer.Interception.Tests.Servers;
using DescriptionAttribute = System.ComponentModel.DescriptionAttribute;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Microsoft.Extensions.AI's IChatClient over the real OpenAI client and a server on loopback.</summary>
public sealed class ChatClientTests : IAsyncLifetime
{
    private readonly InMemoryTracePublisher _published = new();
    private OpenAIServer _server = null!;
    private IContainer _container = null!;

    public interface IAnswerService
    {
        Task<string> AnswerAsync(string question);

        IAsyncEnumerable<string> StreamAsync(string question);
    }

    private IChatClient Client => _container.Resolve<IChatClient>();

    public async ValueTask InitializeAsync()
    {
        _server = await OpenAIServer.StartAsync();
        _container = Build(static client => client);
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_response_is_a_chat_completion_step_with_the_whole_request_and_response()
    {
        _server.AnswerText("Paris");

        await Client.GetResponseAsync(
            [new(ChatRole.System, "Be brief."), new(ChatRole.User, "capital?")],
            new() { Temperature = 0.5f, MaxOutputTokens = 64, StopSequences = ["\n"] },
            TestContext.Current.CancellationToken);

        var step = Assert.IsType<ChatCompletionStep>((await PublishedAsync()).Root);
        Assert.Equal("OpenAI Chat Completion", step.Name);
        Assert.Equal("OpenAI", step.Provider);
        Assert.Equal("gpt-4o-mini", step.Model);
        Assert.Equal("""{"temperature":0.5,"max_tokens":64,"stop":["\n"]}""", Json(step.ModelParameters));
        Assert.Equal(
            """{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""",
            Json(step.Inputs));
        Assert.Equal("Paris", step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal("chatcmpl-1", step.Metadata["responseId"]);
        Assert.Equal("stop", step.Metadata["finishReason"]);
        Assert.Equal("gpt-4o-mini-2024-07-18", step.Metadata["servedModel"]);
        Assert.NotNull(step.RawOutput);
    }

    [Fact]
    public async Task A_streamed_response_is_one_step_with_the_joined_text_the_reported_tokens_and_the_time_to_the_first_token()
    {
        _server.AnswerText("The capital is Paris");

        var text = "";
        await foreach (var update in Client.GetStreamingResponseAsync("capital?", cancellationToken: TestContext.Current.CancellationToken))
        {
            text += update.Text;
        }

        var step = Assert.IsType<ChatCompletionStep>((await PublishedAsync()).Root);
        Assert.Equal("The capital is Paris", text);
        Assert.Equal(text, step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        var timeToFirstToken = Assert.IsType<double>(step.Metadata["timeToFirstToken"]);
        Assert.InRange(timeToFirstToken, double.Epsilon, step.Latency.TotalMilliseconds);
        Assert.DoesNotContain("streamEnded", step.Metadata);
    }

    [Fact]
    public async Task A_request_of_a_streaming_service_is_a_step_under_the_services_step_in_one_trace()
    {
        _server.AnswerText("The capital is Paris");

        var text = "";
        await foreach (var piece in _container.Resolve<IAnswerService>().StreamAsync("capital?"))
        {
            text += piece;
        }

        var root = (await PublishedAsync()).Root;
        Assert.Equal("IAnswerService.StreamAsync", root.Name);
        Assert.Equal(text, root.Output);
        var request = Assert.IsType<ChatCompletionStep>(Assert.Single(root.Steps));
        Assert.InRange(request.StartTime, root.StartTime, root.EndTime!.Value);
        Assert.InRange(request.EndTime!.Value, request.StartTime, root.EndTime!.Value);
    }

    [Fact]
    public async Task A_stream_that_is_left_early_keeps_the_output_so_far()
    {
        _server.AnswerThenHang("The", " capital");

        await foreach (var update in Client.GetStreamingResponseAsync("capital?", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (update.Text == " capital")
            {
                break;
            }
        }

        var step = (await PublishedAsync()).Root;
        Assert.Equal("The capital", step.Output);
        Assert.Equal("left early", step.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_cancelled_stream_keeps_the_output_so_far_and_throws_to_the_caller()
    {
        _server.AnswerThenHang("The");
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Client.GetStreamingResponseAsync("capital?", cancellationToken: cancellation.Token))
            {
                if (update.Text == "The")
                {
                    await cancellation.CancelAsync();
                }
            }
        });

        var step = (await PublishedAsync()).Root;
        Assert.Equal("The", step.Output);
        Assert.Equal("cancelled", step.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_providers_error_is_recorded_and_the_caller_gets_the_SDKs_exception()
    {
        _server.AnswerError(401);

        var exception = await Assert.ThrowsAsync<ClientResultException>(() =>
            Client.GetResponseAsync("capital?", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(401, exception.Status);
        var step = Assert.IsType<ChatCompletionStep>((await PublishedAsync()).Root);
        Assert.Equal(exception.Message, step.Metadata["Exceptions"]);
        Assert.Null(step.Output);
        Assert.Null(step.Tokens);
    }

    [Fact]
    public async Task A_tool_call_is_the_output_with_name_and_arguments_and_the_tools_are_parameters()
    {
        _server.AnswerToolCall("look_up", new { city = "Paris" });

        await Client.GetResponseAsync(
            "weather?",
            new() { Tools = [AIFunctionFactory.Create(LookUp, "look_up")] },
            TestContext.Current.CancellationToken);

        var step = Assert.IsType<ChatCompletionStep>((await PublishedAsync()).Root);
        Assert.Equal("""{"id":"call_1","name":"look_up","arguments":{"city":"Paris"}}""", Json(step.Output));
        var tool = Assert.IsType<JsonElement>(step.ModelParameters!["tools"])[0];
        Assert.Equal("look_up", tool.GetProperty("name").GetString());
        Assert.Equal("Looks up the weather.", tool.GetProperty("description").GetString());
        Assert.Equal("tool_calls", step.Metadata["finishReason"]);
    }

    [Fact]
    public async Task Content_of_several_parts_keeps_its_order_with_only_the_type_and_size_of_images()
    {
        _server.AnswerText("A cat");

        await Client.GetResponseAsync(
            [
                new(ChatRole.User, [new TextContent("What is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")]),
                new(ChatRole.Assistant, [new FunctionCallContent("call_1", "look_up", new Dictionary<string, object?> { ["city"] = "Paris" })]),
                new(ChatRole.Tool, [new FunctionResultContent("call_1", "sunny")]),
            ],
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(
            """
            {"prompt":[
            {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}}]},
            {"role":"assistant","content":[{"type":"tool_call","id":"call_1","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"tool","content":[{"type":"tool_result","id":"call_1","result":"sunny"}]}]}
            """.ReplaceLineEndings(""),
            Json((await PublishedAsync()).Root.Inputs));
    }

    [Fact]
    public async Task Several_layers_of_one_client_are_one_step()
    {
        await using var layered = Build(inner => new ConfigureOptionsChatClient(inner, static options => options.Temperature = 0.25f));
        _server.AnswerText("Paris");

        await layered.Resolve<IChatClient>().GetResponseAsync("capital?", cancellationToken: TestContext.Current.CancellationToken);

        var step = Assert.IsType<ChatCompletionStep>((await PublishedAsync(layered)).Root);
        Assert.Empty(step.Steps);
        Assert.Equal("OpenAI Chat Completion", step.Name);
        Assert.Equal("""{"temperature":0.25}""", Json(step.ModelParameters));
        Assert.Equal("Paris", step.Output);
    }

    [Fact]
    public async Task A_layer_that_makes_several_requests_is_a_step_around_them()
    {
        await using var layered = Build(static inner => new FunctionInvokingChatClient(inner));
        _server.AnswerToolCall("look_up", new { city = "Paris" });
        _server.AnswerText("It is sunny");

        await layered.Resolve<IChatClient>().GetResponseAsync(
            "weather?",
            new() { Tools = [AIFunctionFactory.Create(LookUp, "look_up")] },
            TestContext.Current.CancellationToken);

        var root = (await PublishedAsync(layered)).Root;
        Assert.Equal(2, _server.Requests);
        Assert.Equal((StepType.UserCall, "IChatClient.GetResponseAsync"), (root.Type, root.Name));
        Assert.Equal("It is sunny", root.Output);
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], root.Steps.Select(static step => step.Type));
    }

    [Fact]
    public async Task Parallel_requests_on_one_client_are_a_step_each()
    {
        for (var request = 0; request < 10; request++)
        {
            _server.AnswerText("Paris");
        }

        using (_container.Resolve<OpenlayerTracer>().StartStep("root"))
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Client.GetResponseAsync("capital?")));
        }

        Assert.Equal(10, (await PublishedAsync()).Root.Steps.Count(static step => step is ChatCompletionStep));
    }

    [Fact]
    public void Members_that_make_no_request_are_not_steps()
    {
        Assert.NotNull(Client.GetService<ChatClientMetadata>());
        Assert.Empty(_published.Traces);
    }

    [Description("Looks up the weather.")]
    private static string LookUp(string city) => $"sunny in {city}";

    private static string Json(object? value) => RecordedJson.Of(value);

    private async Task<OpenlayerTrace> PublishedAsync(IContainer? container = null)
    {
        await (container ?? _container).Resolve<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        return Assert.Single(_published.Traces);
    }

    private IContainer Build(Func<IChatClient, IChatClient> layer)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options => options.Publishers.Add(_published));
        builder.Register(_ => new OpenAIClient(
                new ApiKeyCredential("key"),
                new() { Endpoint = _server.Endpoint, RetryPolicy = new ClientRetryPolicy(0) })
                .GetChatClient("gpt-4o-mini")
                .AsIChatClient())
            .Named<IChatClient>("inner")
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(context => context.Resolve<OpenlayerTracer>().Intercept(layer(context.ResolveNamed<IChatClient>("inner"))))
            .As<IChatClient>();
        builder.RegisterType<AnswerService>()
            .As<IAnswerService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        return builder.Build();
    }

    private sealed class AnswerService(IChatClient client) : IAnswerService
    {
        public async Task<string> AnswerAsync(string question) => (await client.GetResponseAsync(question)).Text;

        public async IAsyncEnumerable<string> StreamAsync(string question)
        {
            await foreach (var update in client.GetStreamingResponseAsync(question))
            {
                yield return update.Text;
            }
        }
    }
}
