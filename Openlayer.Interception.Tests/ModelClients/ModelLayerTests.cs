using System.Text.Json;
using Autofac;
using Autofac.Builder;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;
using Openlayer.Interception.Tests.Servers;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Pipelines of Microsoft.Extensions.AI's middleware, and Semantic Kernel, over traced clients.</summary>
public sealed class ModelLayerTests : IAsyncLifetime
{
    private const string Full = "full";

    private TestedClients _clients = null!;

    public interface IWeather
    {
        [Trace(StepType = StepType.Tool)]
        string LookUp(string city);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync(new()
    {
        Register = static builder =>
        {
            builder.RegisterType<Weather>().As<IWeather>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            Intercept(builder.Register(static context => Pipeline(context.Resolve<IChatClient>())).Named<IChatClient>(Full).SingleInstance());
            Intercept(builder.Register(static context => Pipeline(context.Resolve<OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient()))
                .Named<IChatClient>("over class").SingleInstance());
            Intercept(builder.Register(static context => new OpenAIChatCompletionService("gpt-4o-mini", context.Resolve<OpenAIClient>()))
                .Named<IChatCompletionService>("over class"));
        },
    });

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [InlineData(Full, false)]
    [InlineData(Full, true)]
    [InlineData("over class", false)]
    [InlineData("over class", true)]
    public async Task Function_invocation_is_a_step_around_its_requests_with_the_tools_between_them(string pipeline, bool isStreamed)
    {
        _clients.OpenAI.AnswerToolCall("LookUp", new { city = "Paris" });
        _clients.OpenAI.AnswerToolCall("LookUp", new { city = "Rome" });
        var client = _clients.Get<IChatClient>(pipeline);
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(_clients.Get<IWeather>().LookUp, "LookUp")] };

        var text = isStreamed
            ? string.Concat(await client.GetStreamingResponseAsync("weather?", options, Cancellation).ToListAsync(Cancellation))
            : (await client.GetResponseAsync("weather?", options, Cancellation)).Text;

        Assert.Equal(OpenAIServer.DefaultAnswer, text);
        Assert.Equal(3, _clients.Requests);
        var root = (await _clients.PublishedAsync()).Root;
        const string Request = "OpenAI Chat Completion";
        Assert.Equal(
            $"{(isStreamed ? "IChatClient.GetStreamingResponseAsync" : "IChatClient.GetResponseAsync")}"
                + $"({Request}, IWeather.LookUp, {Request}, IWeather.LookUp, {Request})",
            Tree.Of(root));
        Assert.Equal(text, root.Output);
        Assert.Equal([1, 3, 5], root.Steps.OfType<ChatCompletionStep>().Select(static step => Assert.IsType<JsonElement>(
            JsonSerializer.SerializeToElement(step.Inputs["prompt"])).GetArrayLength()));
        Assert.All(root.Steps.OfType<ChatCompletionStep>(), static step => Assert.Equal((20, 10), (step.PromptTokens, step.CompletionTokens)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pipeline_of_caching_logging_telemetry_and_function_invocation_is_one_step_for_each_request_and_none_for_a_cache_hit(bool isStreamed)
    {
        using (_clients.Tracer.StartStep("root"))
        {
            for (var time = 0; time < 2; time++)
            {
                var client = _clients.Get<IChatClient>(Full);
                var text = isStreamed
                    ? string.Concat(await client.GetStreamingResponseAsync("capital?", cancellationToken: Cancellation).ToListAsync(Cancellation))
                    : (await client.GetResponseAsync("capital?", cancellationToken: Cancellation)).Text;
                Assert.Equal(OpenAIServer.DefaultAnswer, text);
            }
        }

        Assert.Equal(1, _clients.Requests);
        var steps = (await _clients.PublishedAsync()).Root.Steps;
        Assert.Equal([StepType.ChatCompletion, StepType.UserCall], steps.Select(static step => step.Type));
        Assert.All(steps, static step => Assert.Empty(step.Steps));
        Assert.All(steps, static step => Assert.Equal(OpenAIServer.DefaultAnswer, step.Output));
        Assert.Equal(0, steps[1].Metadata["modelRequests"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plugin_that_Semantic_Kernel_calls_is_a_step_between_the_requests(bool isStreamed)
    {
        _clients.OpenAI.AnswerToolCall("weather-LookUp", new { city = "Paris" });
        var kernel = new Kernel();
        kernel.Plugins.AddFromFunctions("weather", [KernelFunctionFactory.CreateFromMethod(_clients.Get<IWeather>().LookUp, "LookUp")]);
        var settings = new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };
        var service = _clients.Get<IChatCompletionService>("over class");
        var history = new ChatHistory("weather?", AuthorRole.User);

        var text = isStreamed
            ? string.Concat(await service.GetStreamingChatMessageContentsAsync(history, settings, kernel, Cancellation).ToListAsync(Cancellation))
            : (await service.GetChatMessageContentsAsync(history, settings, kernel, Cancellation))[0].Content;

        Assert.Equal(OpenAIServer.DefaultAnswer, text);
        Assert.Equal(2, _clients.Requests);
        var root = (await _clients.PublishedAsync()).Root;
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], root.Steps.Select(static step => step.Type));
        Assert.Contains(OpenAIServer.DefaultAnswer, JsonSerializer.Serialize(root.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parallel_requests_through_several_layers_are_a_step_each()
    {
        using (_clients.Tracer.StartStep("root"))
        {
            await Parallel.ForAsync(0, 20, Cancellation, async (number, token) =>
                await _clients.Get<IChatClient>(Full).GetResponseAsync($"question {number}", cancellationToken: token));
        }

        var steps = (await _clients.PublishedAsync()).Root.Steps;
        Assert.Equal(20, _clients.Requests);
        Assert.Equal(20, steps.Count(static step => step is ChatCompletionStep { Output: OpenAIServer.DefaultAnswer, Steps.Count: 0 }));
    }

    private static IChatClient Pipeline(IChatClient client) => client.AsBuilder()
        .UseDistributedCache(new MemoryDistributedCache(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions())))
        .UseLogging(NullLoggerFactory.Instance)
        .UseFunctionInvocation()
        .UseOpenTelemetry()
        .Build();

    private static void Intercept<T>(IRegistrationBuilder<T, SimpleActivatorData, SingleRegistrationStyle> registration) =>
        registration.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

    private sealed class Weather : IWeather
    {
        public string LookUp(string city) => $"sunny in {city}";
    }
}
