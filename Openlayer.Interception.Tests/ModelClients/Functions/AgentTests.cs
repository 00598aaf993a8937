using Autofac;
using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Tests.ModelClients.Functions;

/// <summary>Agents and workflows of Microsoft Agent Framework, none of which has a class of the application's.</summary>
public sealed class AgentTests
{
    private const string Answer = "It is sunny";
    private const string City = """{"city":"Paris"}""";
    private const string ToolCall = $$"""chat[{"id":"call_1","name":"find_weather","arguments":{{City}}}]""";

    private static readonly Dictionary<string, Func<ChatClientBuilder, ChatClientBuilder>> Clients = new()
    {
        ["not traced"] = static client => client,
        ["traced"] = static client => client.Use(ChatPipeline.Intercept),
        ["traced above functions"] = static client => client.Use(ChatPipeline.Intercept).UseFunctionInvocation(),
        ["traced below functions"] = static client => client.UseFunctionInvocation().Use(ChatPipeline.Intercept),
        ["traced below telemetry"] = static client => client.UseFunctionInvocation().UseOpenTelemetry().Use(ChatPipeline.Intercept),
    };

    public static TheoryData<string, bool> Cases => new(
        from client in Clients.Keys
        from streams in new[] { false, true }
        select (client, streams));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_run_of_a_standard_agent_is_an_agent_step_with_its_requests_and_tool_calls(string client, bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(Clients[client]);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        var agent = Agent(chat, "guide", tools: Weather(chat));

        Assert.Equal(Answer, await RunAsync(agent, streams));

        var loop = $"{ToolCall}, tool find_weather{City}=\"sunny in Paris\"(IWeather.FindAsync), chat[\"{Answer}\"]";
        Assert.Equal(
            client == "traced above functions"
                ? $"agent guide({(streams ? "IChatClient.GetStreamingResponseAsync" : "IChatClient.GetResponseAsync")}({loop}))"
                : $"agent guide({loop})",
            await chat.TreesAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_agent_that_is_a_tool_of_another_one_is_an_agent_step_under_the_tool_step(bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(Clients["traced"]);
        chat.Server.AnswerToolCall("forecaster", new { query = "Paris?" });
        chat.Server.AnswerText("sun");
        chat.Server.AnswerText(Answer);
        var agent = Agent(chat, "guide", tools: Agent(chat, "forecaster").AsAIFunction());

        Assert.Equal(Answer, await RunAsync(agent, streams));

        Assert.Equal(
            """agent guide(chat[{"id":"call_1","name":"forecaster","arguments":{"query":"Paris?"}}], tool forecaster{"query":"Paris?"}="sun"(agent forecaster(chat["sun"])), chat["It is sunny"])""",
            await chat.TreesAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_agents_of_a_workflow_are_agent_steps_under_the_agent_step_of_the_workflow(bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(Clients["traced"]);
        chat.Server.AnswerText("draft");
        chat.Server.AnswerText("final");
        var workflow = AgentWorkflowBuilder.BuildSequential(Agent(chat, "writer"), Agent(chat, "editor"));
        var agent = chat.Tracer.Intercept(workflow.AsAIAgent(name: "newsroom"));

        await RunAsync(agent, streams);

        Assert.Equal("""agent newsroom(agent writer(chat["draft"]), agent editor(chat["final"]))""", await chat.TreesAsync());
    }

    [Fact]
    public async Task The_agents_of_a_workflow_that_a_service_runs_are_agent_steps_under_the_step_of_the_service()
    {
        await using var chat = await ChatPipeline.StartAsync(Clients["traced"]);
        var workflow = AgentWorkflowBuilder.BuildConcurrent([Agent(chat, "one"), Agent(chat, "two")]);

        using (chat.Tracer.StartStep("service"))
        {
            await using var run = await InProcessExecution.RunStreamingAsync(
                workflow, new List<ChatMessage> { new(ChatRole.User, "weather?") }, cancellationToken: TestContext.Current.CancellationToken);
            await run.TrySendMessageAsync(new TurnToken(emitEvents: true));
            await foreach (var step in run.WatchStreamAsync(TestContext.Current.CancellationToken))
            {
                Assert.IsNotType<WorkflowErrorEvent>(step);
            }
        }

        var root = await chat.RootAsync();
        Assert.Equal(["one", "two"], root.Steps.Select(static step => Assert.IsType<AgentStep>(step).Metadata["agentName"]).Order());
        Assert.All(root.Steps, static step => Assert.IsType<ChatCompletionStep>(Assert.Single(step.Steps)));
    }

    [Fact]
    public async Task A_traced_agent_is_the_agent_that_it_was()
    {
        await using var chat = await ChatPipeline.StartAsync(Clients["traced"]);
        var bare = new ChatClientAgent(chat.Client, "Be brief.", "guide", "Guides.");

        var agent = chat.Tracer.Intercept<AIAgent>(bare);

        Assert.Equal((bare.Id, bare.Name, bare.Description), (agent.Id, agent.Name, agent.Description));
        Assert.Same(bare, agent.GetService<ChatClientAgent>());
        Assert.Same(agent, chat.Tracer.Intercept(agent));
        var session = await agent.CreateSessionAsync(TestContext.Current.CancellationToken);
        await agent.RunAsync("weather?", session, cancellationToken: TestContext.Current.CancellationToken);
        var state = await agent.SerializeSessionAsync(session, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains("weather?", state.ToString());
        Assert.NotNull(await agent.DeserializeSessionAsync(state, cancellationToken: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("key")]
    public async Task An_agent_of_the_container_is_traced_and_disposed_as_registered(string? key)
    {
        var inner = new DisposableAgent();
        await using (var chat = await ChatPipeline.StartAsync(Clients["traced"], services =>
        {
            if (key is null)
            {
                services.AddSingleton<AIAgent>(_ => inner);
            }
            else
            {
                services.AddKeyedSingleton<AIAgent>(key, (_, _) => inner);
            }

            services.AddOpenlayer().Intercept<AIAgent>();
        }))
        {
            var agent = key is null ? chat.Get<AIAgent>() : chat.Services.GetRequiredKeyedService<AIAgent>(key);
            Assert.Equal("done", (await agent.RunAsync("weather?", cancellationToken: TestContext.Current.CancellationToken)).Text);
            Assert.IsType<AgentStep>(await chat.RootAsync());
            Assert.Equal(0, inner.Disposals);
        }

        Assert.Equal(1, inner.Disposals);
    }

    [Fact]
    public async Task An_agent_of_an_Autofac_container_is_traced()
    {
        await using var container = new Services.TracedContainer(static builder =>
        {
            builder.Register(static _ => new DisposableAgent()).As<AIAgent>();
            builder.InterceptServices(static service => service == typeof(AIAgent));
        });

        await container.Resolve<AIAgent>().RunAsync("weather?", cancellationToken: TestContext.Current.CancellationToken);

        Assert.IsType<AgentStep>((await container.TraceAsync()).Root);
    }

    [Fact]
    public async Task A_class_that_no_proxy_can_stand_for_is_refused_with_the_class_to_name()
    {
        await using var chat = await ChatPipeline.StartAsync(Clients["traced"]);

        var refused = Assert.Throws<ArgumentException>(() => chat.Tracer.Intercept(new ChatClientAgent(chat.Client)));

        Assert.Contains("Microsoft.Agents.AI.ChatClientAgent is not an interface. Name Microsoft.Agents.AI.AIAgent instead", refused.Message);
    }

    private static AIAgent Agent(ChatPipeline chat, string name, params AITool[] tools) =>
        chat.Tracer.Intercept<AIAgent>(new ChatClientAgent(chat.Client, "Be brief.", name, tools: tools));

    private static AIFunction Weather(ChatPipeline chat) =>
        AIFunctionFactory.Create((string city) => chat.Get<ChatPipeline.IWeather>().FindAsync(city), "find_weather");

    private static async Task<string> RunAsync(AIAgent agent, bool streams)
    {
        if (!streams)
        {
            return (await agent.RunAsync("weather?", cancellationToken: TestContext.Current.CancellationToken)).Text;
        }

        var text = "";
        await foreach (var update in agent.RunStreamingAsync("weather?", cancellationToken: TestContext.Current.CancellationToken))
        {
            text += update.Text;
        }

        return text;
    }

    private sealed class DisposableAgent : AIAgent, IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;

        protected override Task<AgentResponse> RunCoreAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, CancellationToken cancellationToken) =>
            Task.FromResult(new AgentResponse(new ChatMessage(ChatRole.Assistant, "done")));

        protected override IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
            IEnumerable<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override ValueTask<AgentSession> CreateSessionCoreAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        protected override ValueTask<System.Text.Json.JsonElement> SerializeSessionCoreAsync(
            AgentSession session, System.Text.Json.JsonSerializerOptions? jsonSerializerOptions, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override ValueTask<AgentSession> DeserializeSessionCoreAsync(
            System.Text.Json.JsonElement serializedState, System.Text.Json.JsonSerializerOptions? jsonSerializerOptions, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
