using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OpenAI;
using Openlayer.Interception.Tests.Servers;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>What the real libraries report by default becomes steps, without any registration of their clients.</summary>
public sealed class LibrarySpanTests : IAsyncLifetime
{
    private readonly TracedContainer _container = new(RegistrationStyle.InterfaceProxySingleton);
    private OpenAIServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OpenAIClient OpenAI => new(new System.ClientModel.ApiKeyCredential("key"), new OpenAIClientOptions { Endpoint = _server.Endpoint });

    public async ValueTask InitializeAsync() => _server = await OpenAIServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_agent_with_UseOpenTelemetry_is_an_agent_step_with_its_requests_and_tools()
    {
        _server.AnswerToolCall("LookUp", new { city = "Paris" });
        var chat = OpenAI.GetChatClient("gpt-4o-mini").AsIChatClient().AsBuilder().UseFunctionInvocation().UseOpenTelemetry().Build();
        var agent = new ChatClientAgent(chat, name: "Guide", tools: [AIFunctionFactory.Create(static (string city) => "sunny", "LookUp")])
            .AsBuilder().UseOpenTelemetry().Build();

        await _container.Work.DoAsync("request", async () => await agent.RunAsync("weather?", cancellationToken: Cancellation));

        Assert.Equal(
            "UserCall IWork.DoAsync(Agent Guide(ChatCompletion OpenAI Chat Completion, Tool LookUp, ChatCompletion OpenAI Chat Completion))", await ShapeAsync());
    }

    [Fact]
    public async Task Functions_of_Semantic_Kernel_are_tool_steps()
    {
        _server.AnswerToolCall("weather-LookUp", new { city = "Paris" });
        var kernel = Kernel.CreateBuilder().AddOpenAIChatCompletion("gpt-4o-mini", OpenAI).Build();
        kernel.Plugins.AddFromFunctions("weather", [KernelFunctionFactory.CreateFromMethod(static (string city) => "sunny", "LookUp")]);
        var chat = kernel.GetRequiredService<IChatCompletionService>();

        await _container.Work.DoAsync("request", async () => await chat.GetChatMessageContentAsync(
            "weather?", new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }, kernel, Cancellation));

        Assert.Equal("UserCall IWork.DoAsync(Tool LookUp)", await ShapeAsync());
    }

    private async Task<string> ShapeAsync() => Of((await _container.TraceAsync()).Root);

    private static string Of(Step step) =>
        step.Steps.Count == 0 ? $"{step.Type} {step.Name}" : $"{step.Type} {step.Name}({string.Join(", ", step.Steps.Select(Of))})";
}
