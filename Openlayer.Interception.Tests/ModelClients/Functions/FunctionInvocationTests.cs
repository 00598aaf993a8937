using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Tests.Telemetry;

namespace Openlayer.Interception.Tests.ModelClients.Functions;

/// <summary>Functions that <see cref="FunctionInvokingChatClient"/> calls, with the traced client below it, above it, or both.</summary>
public sealed class FunctionInvocationTests
{
    private const string Answer = "It is sunny";
    private const string City = """{"city":"Paris"}""";
    private const string ToolCall = $$"""chat[{"id":"call_1","name":"find_weather","arguments":{{City}}}]""";

    private static readonly Dictionary<string, Func<ChatClientBuilder, ChatClientBuilder>> Pipelines = new()
    {
        ["below"] = static pipeline => pipeline.UseFunctionInvocation().Use(ChatPipeline.Intercept),
        ["above"] = static pipeline => pipeline.Use(ChatPipeline.Intercept).UseFunctionInvocation(),
        ["both"] = static pipeline => pipeline.Use(ChatPipeline.Intercept).UseFunctionInvocation().Use(ChatPipeline.Intercept),
        ["below, layers"] = static pipeline => Layers(pipeline.UseFunctionInvocation()).Use(ChatPipeline.Intercept),
        ["above, layers"] = static pipeline => Layers(pipeline.Use(ChatPipeline.Intercept).UseFunctionInvocation()),
        ["above, layers on top"] = static pipeline => Layers(pipeline.Use(ChatPipeline.Intercept)).UseFunctionInvocation(),
        ["between, layers"] = static pipeline => Layers(pipeline.UseFunctionInvocation().Use(ChatPipeline.Intercept)),
        ["both, layers"] = static pipeline => Layers(pipeline.Use(ChatPipeline.Intercept).UseFunctionInvocation()).Use(ChatPipeline.Intercept),
        ["below, layers on top"] = static pipeline => Layers(pipeline).UseFunctionInvocation().Use(ChatPipeline.Intercept),
    };

    public static TheoryData<string, bool> Cases => new(
        from pipeline in Pipelines.Keys
        from streams in new[] { false, true }
        select (pipeline, streams));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_request_is_a_chat_completion_a_tool_call_a_tool_step_and_the_loop_is_around_them(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, Tools(chat));

        var method = streams ? "IChatClient.GetStreamingResponseAsync" : "IChatClient.GetResponseAsync";
        Assert.Equal(
            $"{method}({ToolCall}, tool find_weather{City}=\"sunny in Paris\"(IWeather.FindAsync), chat[\"{Answer}\"])",
            await chat.TreesAsync());
        Assert.Equal(2, chat.Server.Requests);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_conversation_without_tool_calls_is_one_chat_completion(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, Tools(chat));

        Assert.Equal($"chat[\"{Answer}\"]", await chat.TreesAsync());
        Assert.Equal("OpenAI Chat Completion", chat.Published.Traces.Single().Root.Name);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_loop_has_the_prompt_of_its_first_request_and_the_answer_of_its_last(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, Tools(chat));

        var root = await chat.RootAsync();
        Assert.Equal("""{"prompt":[{"role":"user","content":"weather?"}]}""", RecordedJson.Of(root.Inputs));
        Assert.Equal(Answer, root.Output);
        Assert.Equal("call_1", root.Steps[1].Metadata["callId"]);
        Assert.InRange(root.Steps[1].StartTime, root.Steps[0].StartTime, root.Steps[2].StartTime);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_loop_is_under_the_step_of_the_service_that_uses_the_client(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        var assistant = chat.Get<ChatPipeline.IAssistant>();

        if (streams)
        {
            await foreach (var piece in assistant.StreamAsync(Tools(chat)))
            {
                Assert.NotNull(piece);
            }
        }
        else
        {
            await assistant.AnswerAsync(Tools(chat));
        }

        var root = await chat.RootAsync();
        Assert.Equal(streams ? "IAssistant.StreamAsync" : "IAssistant.AnswerAsync", root.Name);
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], Assert.Single(root.Steps).Steps.Select(static step => step.Type));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Parallel_tool_calls_are_siblings_and_the_calls_they_make_are_their_own(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Client.GetService<FunctionInvokingChatClient>()!.AllowConcurrentInvocation = true;
        chat.Server.AnswerToolCalls(("find_weather", new { city = "Paris" }), ("find_weather", new { city = "Rome" }));
        chat.Server.AnswerText(Answer);
        using var both = new Barrier(2);
        var weather = chat.Get<ChatPipeline.IWeather>();

        await AskAsync(chat, streams, new()
        {
            Tools =
            [
                AIFunctionFactory.Create(
                    (string city) => Task.Run(() =>
                    {
                        both.SignalAndWait(TestContext.Current.CancellationToken);
                        return weather.FindAsync(city);
                    }),
                    "find_weather"),
            ],
        });

        var tools = (await chat.RootAsync()).Steps.OfType<ToolStep>().OrderBy(static tool => (string)tool.Metadata["callId"]!).ToArray();
        Assert.Equal(["sunny in Paris", "sunny in Rome"], tools.Select(static tool => $"{tool.Output}"));
        Assert.Equal(["Paris", "Rome"], tools.Select(static tool => Assert.Single(tool.Steps).Inputs["city"]));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_tool_that_fails_has_the_error_and_the_loop_goes_on(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        var answer = await AskAsync(chat, streams, Failing(new InvalidOperationException("no weather")));

        Assert.Equal(Answer, answer);
        var root = await chat.RootAsync();
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], root.Steps.Select(static step => step.Type));
        Assert.Equal("no weather", root.Steps[1].Metadata["Exceptions"]);
        Assert.DoesNotContain("Exceptions", root.Metadata);
        Assert.Null(root.Steps[1].Output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task An_exception_of_a_tool_that_ends_the_loop_reaches_the_caller_and_is_on_the_loop(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Client.GetService<FunctionInvokingChatClient>()!.MaximumConsecutiveErrorsPerRequest = 0;
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        var failure = new InvalidOperationException("no weather");

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(chat, streams, Failing(failure)));

        Assert.Same(failure, thrown);
        var root = await chat.RootAsync();
        Assert.Equal([StepType.ChatCompletion, StepType.Tool], root.Steps.Select(static step => step.Type));
        Assert.Equal("no weather", root.Steps[1].Metadata["Exceptions"]);
        Assert.Equal("no weather", root.Metadata["Exceptions"]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_tool_that_ends_the_loop_has_its_result(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });

        await AskAsync(chat, streams, new()
        {
            Tools =
            [
                AIFunctionFactory.Create(
                    (string city) =>
                    {
                        FunctionInvokingChatClient.CurrentContext!.Terminate = true;
                        return $"cloudy in {city}";
                    },
                    "find_weather"),
            ],
        });

        Assert.Equal("cloudy in Paris", (await chat.RootAsync()).Steps[1].Output);
        Assert.Equal(1, chat.Server.Requests);
    }

    // Without layers: the reducer leaves no message of a request that consists of results.
    [Theory]
    [InlineData("below", false)]
    [InlineData("below", true)]
    [InlineData("above", false)]
    [InlineData("above", true)]
    [InlineData("both", false)]
    [InlineData("both", true)]
    public async Task A_tool_has_its_result_where_the_provider_keeps_the_conversation(string pipeline, bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(client => Pipelines[pipeline](client).Use(static inner => new KeptConversation(inner)));
        chat.Server.AnswerToolCalls(("find_weather", new { city = "Paris" }));
        chat.Server.AnswerToolCalls(("find_weather", new { city = "Rome" }));
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, Tools(chat));

        var root = await chat.RootAsync();
        Assert.Equal(["sunny in Paris", "sunny in Rome"], root.Steps.OfType<ToolStep>().Select(static tool => $"{tool.Output}"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_tool_that_is_cancelled_runs_once_and_its_exception_reaches_the_caller(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Client.GetService<FunctionInvokingChatClient>()!.MaximumConsecutiveErrorsPerRequest = 0;
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        using var cancellation = new CancellationTokenSource();
        var runs = 0;

        var thrown = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(
            chat,
            streams,
            new()
            {
                Tools =
                [
                    AIFunctionFactory.Create(
                        string (string city) =>
                        {
                            runs++;
                            cancellation.Cancel();
                            cancellation.Token.ThrowIfCancellationRequested();
                            return city;
                        },
                        "find_weather"),
                ],
            },
            cancellation.Token));

        Assert.Equal(cancellation.Token, thrown.CancellationToken);
        Assert.Equal(1, runs);
        Assert.Equal([StepType.ChatCompletion, StepType.Tool], (await chat.RootAsync()).Steps.Select(static step => step.Type));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Options_tools_and_the_current_activity_are_as_without_tracing(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        var parents = new List<string?>();
        chat.Server.Observe(context => parents.Add(context.Request.Headers.TraceParent));
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        var seen = new List<object?>();
        var function = AIFunctionFactory.Create(
            (string city) =>
            {
                seen.AddRange([Activity.Current, FunctionInvokingChatClient.CurrentContext!.Function]);
                return city;
            },
            "find_weather");
        IList<AITool> tools = [function];
        var options = new ChatOptions { Tools = tools };

        await AskAsync(chat, streams, options);

        Assert.Equal([null, null], parents.Select(static parent => string.IsNullOrEmpty(parent) ? null : parent));
        Assert.Equal([null, function], seen);
        Assert.Same(tools, options.Tools);
        Assert.Same(function, Assert.Single(tools));
        Assert.Null(Activity.Current);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_spans_of_the_application_are_the_parents_that_they_are_without_tracing(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        var parents = new List<string?>();
        chat.Server.Observe(context => parents.Add(context.Request.Headers.TraceParent));
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        using var activity = new Activity("request").Start();
        Activity? inTool = null;

        await AskAsync(chat, streams, new()
        {
            Tools = [AIFunctionFactory.Create((string city) => { inTool = Activity.Current; return city; }, "find_weather")],
        });

        Assert.Same(activity, inTool);
        Assert.Same(activity, Activity.Current);
        Assert.All(parents, parent => Assert.StartsWith($"00-{activity.TraceId}", parent));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_conversation_that_is_not_sampled_is_kept_if_one_of_its_tools_fails(string pipeline, bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(
            Pipelines[pipeline], configure: static options => (options.SamplingRate, options.KeepFailures) = (0, true));
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(
            chat, streams, new() { Tools = [AIFunctionFactory.Create(string (string city) => throw new InvalidOperationException("no weather"), "find_weather")] });

        Assert.Contains((await chat.RootAsync()).Steps, static step => step is ToolStep && step.Metadata.ContainsKey("Exceptions"));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_conversation_that_is_not_sampled_is_silent_and_its_tools_run(string pipeline, bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(Pipelines[pipeline], configure: static options => options.SamplingRate = 0);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        Assert.Equal(Answer, await AskAsync(chat, streams, Tools(chat)));

        Assert.Equal("", await chat.TreesAsync());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_conversation_outside_any_step_is_not_traced_where_the_options_exclude_it(string pipeline, bool streams)
    {
        await using var chat = await ChatPipeline.StartAsync(Pipelines[pipeline], configure: static options => options.TraceOrphanModelCalls = false);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        Assert.Equal(Answer, await AskAsync(chat, streams, new() { Tools = [AIFunctionFactory.Create((string city) => city, "find_weather")] }));

        Assert.Equal("", await chat.TreesAsync());
    }

    [Theory]
    [MemberData(nameof(Pipelined))]
    public async Task A_stream_that_is_left_between_two_items_ends_the_loop(string pipeline)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerThenHang("It", " is");

        await foreach (var update in chat.Client.GetStreamingResponseAsync("weather?", Tools(chat), TestContext.Current.CancellationToken))
        {
            if (update.Text == " is")
            {
                break;
            }
        }

        var root = await chat.RootAsync();
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], root.Steps.Select(static step => step.Type));
        Assert.Equal("It is", root.Steps[2].Output);
        Assert.Equal("It is", root.Output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_bytes_of_media_that_a_tool_returns_are_not_recorded(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("draw", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        var image = new DataContent(new byte[1000], "image/png");

        await AskAsync(chat, streams, new()
        {
            Tools = [AIFunctionFactory.Create((string city) => image, new AIFunctionFactoryOptions { Name = "draw", MarshalResult = static (result, _, _) => new(result) })],
        });

        var output = RecordedJson.Of((await chat.RootAsync()).Steps[1].Output);
        Assert.StartsWith("""[{"type":"image","attachment":{"name":"image.png","mediaType":"image/png",""", output);
        Assert.DoesNotContain("AAAA", output);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Secrets_in_arguments_are_redacted(string pipeline, bool streams)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("log_in", new { user = "ada", password = "hunter2" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, new() { Tools = [AIFunctionFactory.Create((string user, string password) => $"{user} {password.Length}", "log_in")] });

        var tool = Assert.IsType<ToolStep>((await chat.RootAsync()).Steps[1]);
        Assert.Equal("[redacted]", tool.Inputs["password"]);
        Assert.Equal("""{"user":"ada","password":"[redacted]"}""", RecordedJson.Of(tool.Arguments));
    }

    [Theory]
    [InlineData("above, layers")]
    [InlineData("both, layers")]
    public async Task An_answer_from_the_cache_is_no_chat_completion_and_its_tool_is_called(string pipeline)
    {
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);
        await AskAsync(chat, streams: false, Tools(chat));
        await chat.RootAsync();
        chat.Published.Clear();

        Assert.Equal(Answer, await AskAsync(chat, streams: false, Tools(chat)));

        Assert.Equal(2, chat.Server.Requests);
        Assert.DoesNotContain("chat[", await chat.TreesAsync());
        Assert.Contains("tool find_weather", await chat.TreesAsync());
    }

    [Fact]
    public async Task A_function_that_is_a_method_of_a_traced_tool_service_is_one_tool_step()
    {
        await using var chat = await ChatPipeline.StartAsync(
            Pipelines["below"],
            static services =>
            {
                services.AddSingleton<IClock, FixedClock>();
                services.AddOpenlayer().Intercept<IClock>();
            });
        chat.Server.AnswerToolCall("get_time", new { zone = "UTC" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams: false, new() { Tools = [AIFunctionFactory.Create(chat.Get<IClock>().GetTime, "get_time")] });

        var tool = Assert.IsType<ToolStep>((await chat.RootAsync()).Steps[1]);
        Assert.Equal(("IClock.GetTime", "get_time"), (tool.Name, tool.FunctionName));
        Assert.Equal("12:00 UTC", tool.Output);
        Assert.Empty(tool.Steps);
    }

    [Fact]
    public async Task The_applications_own_invoker_is_called()
    {
        var invoked = 0;
        await using var chat = await ChatPipeline.StartAsync(pipeline => pipeline.Use(ChatPipeline.Intercept).UseFunctionInvocation(configure: client =>
            client.FunctionInvoker = (context, cancellationToken) =>
            {
                invoked++;
                return context.Function.InvokeAsync(context.Arguments, cancellationToken);
            }));
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams: false, Tools(chat));

        Assert.Equal(1, invoked);
        Assert.Equal("sunny in Paris", (await chat.RootAsync()).Steps[1].Output);
    }

    [Fact]
    public async Task Code_that_uses_the_pipeline_without_the_traced_client_is_not_traced()
    {
        await using var chat = await StartAsync("above");
        chat.Server.AnswerText(Answer);
        await AskAsync(chat, streams: false, Tools(chat));
        await chat.TreesAsync();
        chat.Published.Clear();
        var layer = chat.Client.GetService<FunctionInvokingChatClient>()!;
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await layer.GetResponseAsync(
            "weather?", new() { Tools = [AIFunctionFactory.Create((string city) => city, "find_weather")] }, TestContext.Current.CancellationToken);

        Assert.Equal("", await chat.TreesAsync());
    }

    [Fact]
    public async Task A_loop_of_a_client_that_is_not_traced_is_no_trace()
    {
        await using var chat = await ChatPipeline.StartAsync(static pipeline => pipeline.UseFunctionInvocation().UseOpenTelemetry());
        chat.Tracer.Intercept(chat.Client).GetService<ChatClientMetadata>();
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams: false, new() { Tools = [AIFunctionFactory.Create((string city) => city, "find_weather")] });

        Assert.Equal("", await chat.TreesAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_application_that_listens_to_the_spans_gets_them_with_their_parents(bool streams)
    {
        var spans = new ConcurrentQueue<Activity>();
        Activity? inTool = null;
        await using var chat = await StartAsync("below");
        var source = chat.Client.GetService<ActivitySource>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = found => ReferenceEquals(found, source),
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, new()
        {
            Tools = [AIFunctionFactory.Create((string city) => { inTool = Activity.Current; return city; }, "find_weather")],
        });

        Assert.Equal(["execute_tool find_weather", "orchestrate_tools"], spans.Select(static span => span.OperationName));
        Assert.Same(spans.First(), inTool);
        Assert.Same(spans.Last(), spans.First().Parent);
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], (await chat.RootAsync()).Steps.Select(static step => step.Type));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_tool_call_is_one_span_and_the_spans_of_the_calls_it_makes_are_under_it(string pipeline, bool streams)
    {
        using var spans = new RecordedSpans();
        await using var chat = await StartAsync(pipeline);
        chat.Server.AnswerToolCall("find_weather", new { city = "Paris" });
        chat.Server.AnswerText(Answer);

        await AskAsync(chat, streams, Tools(chat));

        Assert.Equal(spans.Named("execute_tool find_weather").SpanId, spans.Named("IWeather.FindAsync").ParentSpanId);
        Assert.Same(spans.Request, Activity.Current);
    }

    public static TheoryData<string> Pipelined => [.. Pipelines.Keys];

    /// <summary>A provider that keeps conversations, as some do.</summary>
    private sealed class KeptConversation(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken);
            response.ConversationId = "conversation";
            return response;
        }

        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                update.ConversationId = "conversation";
                yield return update;
            }
        }
    }

    public interface IClock
    {
        [Trace(StepType = StepType.Tool)]
        string GetTime(string zone);
    }

    private sealed class FixedClock : IClock
    {
        public string GetTime(string zone) => $"12:00 {zone}";
    }

    private static ChatOptions Failing(Exception failure) => new()
    {
        Tools = [AIFunctionFactory.Create(string (string city) => throw failure, "find_weather")],
    };

    private static ChatClientBuilder Layers(ChatClientBuilder pipeline) =>
        pipeline.UseLogging().UseOpenTelemetry().UseDistributedCache().UseChatReducer(new MessageCountingChatReducer(10));

    private static Task<ChatPipeline> StartAsync(string pipeline) => ChatPipeline.StartAsync(Pipelines[pipeline]);

    private static ChatOptions Tools(ChatPipeline chat) =>
        new() { Tools = [AIFunctionFactory.Create((string city) => chat.Get<ChatPipeline.IWeather>().FindAsync(city), "find_weather")] };

    private static async Task<string> AskAsync(ChatPipeline chat, bool streams, ChatOptions options, CancellationToken? cancellation = null)
    {
        var cancellationToken = cancellation ?? TestContext.Current.CancellationToken;
        if (!streams)
        {
            return (await chat.Client.GetResponseAsync("weather?", options, cancellationToken)).Text;
        }

        var text = "";
        await foreach (var update in chat.Client.GetStreamingResponseAsync("weather?", options, cancellationToken))
        {
            text += update.Text;
        }

        return text;
    }
}
