using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Tests.ModelClients;
using Openlayer.Interception.Tests.Servers;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

public sealed class ActivityStepTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Spans_of_a_named_source_become_steps_under_the_current_one_in_their_place()
    {
        using var source = new ActivitySource($"database {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () =>
        {
            container.Work.Do("before");
            using (source.StartActivity("query"))
            {
                container.Work.Do("within");
            }

            container.Work.Do("after");
        });

        Assert.Equal("request(before, query(within), after)", await container.TreesAsync());
    }

    [Fact]
    public async Task A_name_with_a_star_and_a_predicate_select_sources()
    {
        var name = $"database {Guid.NewGuid()}";
        using var starred = new ActivitySource(name + ".reader");
        using var selected = new ActivitySource(name + "/selected");
        using var other = new ActivitySource("other " + name);
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options =>
        {
            options.Activities.Sources.Add(name + ".*");
            options.Activities.Select = source => source.Name == selected.Name;
        });

        container.Work.Do("request", () =>
        {
            foreach (var source in new[] { starred, selected, other })
            {
                source.StartActivity(source.Name[^8..])?.Dispose();
            }
        });

        Assert.Equal($"request({starred.Name[^8..]}, {selected.Name[^8..]})", await container.TreesAsync());
    }

    [Fact]
    public async Task A_predicate_that_throws_selects_nothing_and_changes_no_call()
    {
        using var source = new ActivitySource($"database {Guid.NewGuid()}");
        await using var container = new TracedContainer(
            RegistrationStyle.InterfaceProxySingleton, static options => options.Activities.Select = static _ => throw new InvalidOperationException());

        container.Work.Do("request", () => Assert.Null(source.StartActivity("query")));

        Assert.Equal("request", await container.TreesAsync());
    }

    [Fact]
    public async Task A_span_outside_any_trace_starts_none()
    {
        using var source = new ActivitySource($"database {Guid.NewGuid()}");
        await using var container = Container(source);

        Assert.Null(source.StartActivity("query"));

        Assert.Equal("", await container.TreesAsync());
    }

    [Theory]
    [InlineData("chat gpt-4o", StepType.ChatCompletion)]
    [InlineData("text.completions gpt-4o", StepType.ChatCompletion)]
    [InlineData("generate_content gemini", StepType.ChatCompletion)]
    [InlineData("embeddings small", StepType.Embedding)]
    [InlineData("execute_tool LookUp", StepType.Tool)]
    [InlineData("invoke_agent Helper", StepType.Agent)]
    [InlineData("retrieval documents", StepType.Retriever)]
    [InlineData("chatter", StepType.UserCall)]
    [InlineData("SELECT orders", StepType.UserCall)]
    public async Task The_operation_of_a_span_is_the_type_of_its_step(string name, StepType type)
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () => source.StartActivity(name)!.Dispose());

        Assert.Equal(type, Assert.Single((await container.TraceAsync()).Root.Steps).Type);
    }

    [Theory]
    [InlineData("gen_ai.provider.name", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")]
    [InlineData("gen_ai.system", "gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens")]
    public async Task A_request_is_read_from_its_attributes_old_and_new(string provider, string promptTokens, string completionTokens)
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () =>
        {
            using var span = source.StartActivity("chat gpt-4o")!;
            span.SetTag(provider, "openai").SetTag("gen_ai.request.model", "gpt-4o").SetTag("gen_ai.response.model", "gpt-4o-2024");
            span.SetTag(promptTokens, 20).SetTag(completionTokens, 10L).SetTag("gen_ai.request.temperature", 0.5).SetTag("server.port", 443);
            span.SetTag("gen_ai.input.messages", """[{"role":"user","parts":[{"type":"text","content":"capital?"}]}]""");
            span.SetTag("gen_ai.output.messages", """[{"role":"assistant","parts":[{"type":"text","content":"Paris"}],"finish_reason":"stop"}]""");
        });

        var step = Assert.IsType<ChatCompletionStep>(Assert.Single((await container.TraceAsync()).Root.Steps));
        Assert.Equal(("OpenAI Chat Completion", "OpenAI", "gpt-4o"), (step.Name, step.Provider, step.Model));
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal("Paris", step.Output);
        Assert.Equal("""[{"role":"user","content":"capital?"}]""", JsonSerializer.Serialize(step.Inputs["prompt"]));
        Assert.Equal(0.5, step.ModelParameters!["temperature"]);
        Assert.Equal(443, step.Metadata["server.port"]);
    }

    [Fact]
    public async Task Messages_that_are_events_of_the_span_are_its_prompt()
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () =>
        {
            using var span = source.StartActivity("chat gpt-4o")!;
            span.AddEvent(new ActivityEvent("gen_ai.system.message", tags: new() { ["content"] = "Be brief." }));
            span.AddEvent(new ActivityEvent("gen_ai.user.message", tags: new() { ["content"] = "capital?" }));
            span.AddEvent(new ActivityEvent("retry", tags: new() { ["attempt"] = 2 }));
        });

        var step = Assert.Single((await container.TraceAsync()).Root.Steps);
        Assert.Equal("""[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]""", JsonSerializer.Serialize(step.Inputs["prompt"]));
        Assert.Equal("""[{"name":"retry","attributes":{"attempt":2}}]""", JsonSerializer.Serialize(step.Metadata["events"]));
    }

    [Fact]
    public async Task A_span_that_failed_has_its_error_on_the_step()
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () =>
        {
            using var described = source.StartActivity("query")!;
            described.SetStatus(ActivityStatusCode.Error, "no such table");
            described.Dispose();
            using var thrown = source.StartActivity("query")!;
            thrown.AddEvent(new ActivityEvent("exception", tags: new() { ["exception.type"] = "TimeoutException", ["exception.message"] = "too slow" }));
            thrown.SetStatus(ActivityStatusCode.Error);
        });

        Assert.Equal(["no such table", "too slow"], (await container.TraceAsync()).Root.Steps.Select(static step => step.Metadata["Exceptions"]));
    }

    [Fact]
    public async Task A_span_in_an_iterator_starts_and_ends_where_it_does_across_its_items()
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        await foreach (var item in container.Work.Stream("stream", Items))
        {
            container.Work.Do($"consumer {item}");
        }

        Assert.Equal("consumer 1; consumer 2; stream(page(first), last)", await container.TreesAsync());

        async IAsyncEnumerable<int> Items()
        {
            using (source.StartActivity("page"))
            {
                container.Work.Do("first");
                yield return 1;
                await Task.Yield();
                yield return 2;
            }

            container.Work.Do("last");
        }
    }

    [Fact]
    public async Task A_secret_in_an_attribute_is_redacted()
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);

        container.Work.Do("request", () =>
        {
            using var span = source.StartActivity("execute_tool LookUp")!;
            span.SetTag("gen_ai.tool.call.arguments", """{"password":"hunter2"}""").SetTag("api_key", "12345678");
        });

        var step = Assert.IsType<ToolStep>(Assert.Single((await container.TraceAsync()).Root.Steps));
        Assert.Equal("""{"password":"[redacted]"}""", JsonSerializer.Serialize(step.Arguments));
        Assert.Equal("[redacted]", step.Metadata["api_key"]);
    }

    [Fact]
    public async Task A_span_that_only_this_library_listens_to_is_not_the_current_activity()
    {
        using var source = new ActivitySource($"library {Guid.NewGuid()}");
        await using var container = Container(source);
        using var request = new Activity("request").Start();

        container.Work.Do("request", () =>
        {
            using (source.StartActivity("query"))
            {
                Assert.Same(request, Activity.Current);
            }

            Assert.Same(request, Activity.Current);
        });

        Assert.Same(request, Activity.Current);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_that_a_proxy_and_a_span_report_is_one_step(bool isSpanAbove)
    {
        await using var clients = await TestedClients.StartAsync(new() { Configure = static options => options.Activities.Sources.Add("spans of a test") });
        var model = clients.Get<OpenAI.OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient();
        var client = isSpanAbove
            ? clients.Get<IChatClient>().AsBuilder().UseOpenTelemetry(sourceName: "spans of a test").Build()
            : clients.Tracer.Intercept(model.AsBuilder().UseOpenTelemetry(sourceName: "spans of a test").Build());

        using (clients.Tracer.StartStep("request"))
        {
            await client.GetResponseAsync("capital?", cancellationToken: Cancellation);
        }

        var root = (await clients.PublishedAsync()).Root;
        Assert.Equal("request(OpenAI Chat Completion)", Tree.Of(root));
        var step = Assert.IsType<ChatCompletionStep>(root.Steps[0]);
        Assert.Equal((OpenAIServer.DefaultAnswer, 20, 10), (step.Output, step.PromptTokens, step.CompletionTokens));
    }

    [Fact]
    public async Task A_request_that_only_a_span_reports_is_a_step_without_any_registration()
    {
        await using var server = await OpenAIServer.StartAsync();
        await using var container = new TracedContainer(
            RegistrationStyle.InterfaceProxySingleton, static options => options.Activities.Sources.Add("spans alone"));
        using var client = new OpenAI.OpenAIClient(new System.ClientModel.ApiKeyCredential("key"), new() { Endpoint = server.Endpoint })
            .GetChatClient("gpt-4o-mini").AsIChatClient().AsBuilder().UseOpenTelemetry(sourceName: "spans alone", configure: static spans => spans.EnableSensitiveData = true).Build();

        await container.Work.DoAsync("request", async () =>
        {
            await foreach (var update in client.GetStreamingResponseAsync("capital?", cancellationToken: Cancellation))
            {
                container.Work.Do("consumer");
            }
        });

        var root = (await container.TraceAsync()).Root;
        var step = Assert.IsType<ChatCompletionStep>(root.Steps[0]);
        Assert.Equal("OpenAI Chat Completion", step.Name);
        Assert.Equal((OpenAIServer.DefaultAnswer, 20, 10), (step.Output, step.PromptTokens, step.CompletionTokens));
        Assert.All(root.Steps.Skip(1), static step => Assert.Equal("consumer", Tree.Label(step)));
    }

    private static TracedContainer Container(ActivitySource source) =>
        new(RegistrationStyle.InterfaceProxySingleton, options => options.Activities.Sources.Add(source.Name));
}
