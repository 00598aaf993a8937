using System.ClientModel;
using System.ClientModel.Primitives;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenAI;
using Openlayer.Interception.Tests.Servers;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/model-clients.md about pipelines and agents, with what they do.</summary>
public sealed class ChatExamples : IAsyncLifetime
{
    private OpenAIServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await OpenAIServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_pipeline_is_traced_with_its_tools()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var openAI = Client();
        builder.Services.AddOpenlayer();
        builder.Services.AddChatClient(openAI)
            .UseFunctionInvocation()
            .Use((inner, services) => services.GetRequiredService<OpenlayerTracer>().Intercept(inner));
        var published = builder.Services.UseInMemoryOpenlayer();
        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IChatClient>();
        _server.AnswerToolCall("find_weather", new { city = "Paris" });

        var answer = await client.GetResponseAsync("Do I need an umbrella in Paris?", new()
        {
            Tools = [AIFunctionFactory.Create((string city) => $"{city}: sunny", "find_weather")],
        });

        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
        Assert.Equal(OpenAIServer.DefaultAnswer, answer.Text);
        var root = Assert.Single(published.Traces).Root;
        Assert.Equal(["OpenAI Chat Completion", "find_weather", "OpenAI Chat Completion"], root.Steps.Select(static step => step.Name));
    }

    [Fact]
    public async Task A_standard_agent_is_traced()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(Client());
        builder.Services.AddSingleton<AIAgent>(services => new ChatClientAgent(services.GetRequiredService<IChatClient>(), "Be brief.", "guide"));
        builder.Services.AddOpenlayer().Intercept<AIAgent>();
        var published = builder.Services.UseInMemoryOpenlayer();
        using var host = builder.Build();

        await host.Services.GetRequiredService<AIAgent>().RunAsync("Hi.");

        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync();
        var root = Assert.IsType<AgentStep>(Assert.Single(published.Traces).Root);
        Assert.Equal("guide", root.Metadata["agentName"]);
        Assert.IsType<ChatCompletionStep>(Assert.Single(root.Steps));
    }

    private IChatClient Client() =>
        new OpenAIClient(new ApiKeyCredential("key"), new OpenAIClientOptions { Endpoint = _server.Endpoint, RetryPolicy = new ClientRetryPolicy(0) })
            .GetChatClient("gpt-4o-mini").AsIChatClient();
}
