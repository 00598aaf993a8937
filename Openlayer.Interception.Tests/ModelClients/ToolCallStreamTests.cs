using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OllamaSharp;
using OllamaSharp.Models.Chat;
using OpenAI.Chat;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Servers;
using AIMessage = Microsoft.Extensions.AI.ChatMessage;
using Beta = Anthropic.Models.Beta.Messages;
using BinaryContent = System.ClientModel.BinaryContent;
using OllamaRole = OllamaSharp.Models.Chat.ChatRole;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Streamed tool calls, in the orders in which providers and gateways send their fragments. Arguments belong to their call.</summary>
public sealed class ToolCallStreamTests : IAsyncLifetime
{
    private const string ParisAndRome = """
        [{"id":"a","name":"look_up","arguments":{"city":"Paris"}},{"id":"b","name":"warn","arguments":{"city":"Rome"}}]
        """;

    private const string OnlyParis = """{"id":"a","name":"look_up","arguments":{"city":"Paris"}}""";

    private const string OnlyOslo = """{"id":"c","name":"look_up","arguments":{"city":"Oslo"}}""";

    private const string WithoutIds = """
        [{"name":"look_up","arguments":{"city":"Paris"}},{"name":"look_up","arguments":{"city":"Rome"}}]
        """;

    /// <summary>By name: the <c>tool_calls</c> of each delta, and the recorded output.</summary>
    private static readonly Dictionary<string, (string[] Deltas, string Output)> Orders = new()
    {
        ["one call in fragments"] = (
            [Start("a", "look_up", 0), """[{"index":0,"function":{"arguments":"{\"city\":"}}]""", """[{"index":0,"function":{"arguments":"\"Paris\"}"}}]"""],
            OnlyParis),
        ["one call in fragments without index"] = (
            [Start("a", "look_up"), """[{"function":{"arguments":"{\"city\":"}}]""", """[{"function":{"arguments":"\"Paris\"}"}}]"""],
            OnlyParis),
        ["one call in fragments that repeat its id and name"] = (
            [
                Whole("a", "look_up", "", 0),
                Whole("a", "look_up", """{"city":""", 0),
                Whole("a", "look_up", "\"Paris\"}", 0),
            ],
            OnlyParis),
        ["one call whose id follows its name"] = (
            [
                """[{"index":0,"type":"function","function":{"name":"look_up","arguments":""}}]""",
                """[{"index":0,"id":"a","function":{"arguments":"{\"city\":\"Paris\"}"}}]""",
            ],
            OnlyParis),
        ["one call whose arguments are split before an inner object"] = (
            [Whole("a", "look_up", """{"where":""", 0), """[{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}}"}}]"""],
            """{"id":"a","name":"look_up","arguments":{"where":{"city":"Paris"}}}"""),
        ["one call that is repeated whole"] = (
            [Whole("a", "look_up", """{"city":"Paris"}""", 0), Whole("a", "look_up", """{"city":"Paris"}""", 0)],
            OnlyParis),
        ["one call without arguments"] = ([Start("a", "look_up", 0)], """{"id":"a","name":"look_up"}"""),
        ["one call at an index that does not start at 0"] = (
            [Start("a", "look_up", 3), """[{"index":3,"function":{"arguments":"{\"city\":\"Paris\"}"}}]"""],
            OnlyParis),
        ["two ids at one index"] = (
            [Whole("a", "look_up", """{"city":"Paris"}""", 0), Whole("b", "warn", """{"city":"Rome"}""", 0)],
            ParisAndRome),
        ["two ids at one index, in fragments"] = (
            [
                Start("a", "look_up", 0), """[{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}]""",
                Start("b", "warn", 0), """[{"index":0,"function":{"arguments":"{\"city\":"}}]""", """[{"index":0,"function":{"arguments":"\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two ids at one index, interleaved"] = (
            [
                Whole("a", "look_up", """{"city":""", 0), Whole("b", "warn", """{"city":""", 0),
                """[{"index":0,"id":"a","function":{"arguments":"\"Paris\"}"}}]""", """[{"index":0,"id":"b","function":{"arguments":"\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two ids at one index, each named later"] = (
            [
                """[{"index":0,"id":"a","type":"function","function":{"arguments":""}}]""",
                """[{"index":0,"function":{"name":"look_up","arguments":"{\"city\":\"Paris\"}"}}]""",
                """[{"index":0,"id":"b","type":"function","function":{"arguments":""}}]""",
                """[{"index":0,"function":{"name":"warn","arguments":"{\"city\":\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two calls by index, interleaved"] = (
            [
                Start("a", "look_up", 0), Start("b", "warn", 1),
                """[{"index":1,"function":{"arguments":"{\"city\":"}}]""", """[{"index":0,"function":{"arguments":"{\"city\":"}}]""",
                """[{"index":0,"function":{"arguments":"\"Paris\"}"}}]""", """[{"index":1,"function":{"arguments":"\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two calls by index in one delta"] = (
            [
                $"[{Start("a", "look_up", 0)[1..^1]},{Start("b", "warn", 1)[1..^1]}]",
                """[{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}},{"index":1,"function":{"arguments":"{\"city\":\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two calls in one delta without index"] = (
            [$"[{Whole("a", "look_up", """{"city":"Paris"}""")[1..^1]},{Whole("b", "warn", """{"city":"Rome"}""")[1..^1]}]"],
            ParisAndRome),
        ["two calls in one delta without index, arguments in the next"] = (
            [
                $"[{Start("a", "look_up")[1..^1]},{Start("b", "warn")[1..^1]}]",
                """[{"function":{"arguments":"{\"city\":"}},{"function":{"arguments":"{\"city\":"}}]""",
                """[{"function":{"arguments":"\"Paris\"}"}},{"function":{"arguments":"\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two calls one after the other without index"] = (
            [
                Start("a", "look_up"), """[{"function":{"arguments":"{\"city\":\"Paris\"}"}}]""",
                Start("b", "warn"), """[{"function":{"arguments":"{\"city\":\"Rome\"}"}}]""",
            ],
            ParisAndRome),
        ["two calls in one delta without ids"] = (
            [
                """
                [{"index":0,"function":{"name":"look_up","arguments":"{\"city\":\"Paris\"}"}},
                {"index":1,"function":{"name":"look_up","arguments":"{\"city\":\"Rome\"}"}}]
                """,
            ],
            WithoutIds),
        ["two calls in one delta without ids or index"] = (
            [
                """
                [{"function":{"name":"look_up","arguments":"{\"city\":\"Paris\"}"}},
                {"function":{"name":"look_up","arguments":"{\"city\":\"Rome\"}"}}]
                """,
            ],
            WithoutIds),
        ["two calls one after the other without ids or index"] = (
            [
                """[{"function":{"name":"look_up","arguments":"{\"city\":"}}]""", """[{"function":{"arguments":"\"Paris\"}"}}]""",
                """[{"function":{"name":"look_up","arguments":"{\"city\":"}}]""", """[{"function":{"arguments":"\"Rome\"}"}}]""",
            ],
            WithoutIds),
        ["two calls with the same arguments"] = (
            [Whole("a", "look_up", """{"city":"Paris"}""", 0), Whole("b", "look_up", """{"city":"Paris"}""", 0)],
            """
            [{"id":"a","name":"look_up","arguments":{"city":"Paris"}},{"id":"b","name":"look_up","arguments":{"city":"Paris"}}]
            """),
        ["three calls at one index"] = (
            [
                Whole("a", "look_up", """{"city":"Paris"}""", 0), Whole("b", "warn", """{"city":"Rome"}""", 0), Whole("c", "look_up", """{"city":"Oslo"}""", 0),
            ],
            $"{ParisAndRome[..^1]},{OnlyOslo}]"),
    };

    private static readonly string[] Clients = ["OpenAI", "OpenAI on the wire", "Semantic Kernel"];

    private TestedClients _clients = null!;

    public static TheoryData<string, string> All => [.. Orders.Keys.SelectMany(static _ => Clients, static (order, client) => (order, client))];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static RequestOptions Unbuffered => new() { BufferResponse = false };

    private static ChatHistory Question => new("weather?", AuthorRole.User);

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(All))]
    public async Task Streamed_tool_calls_are_told_apart_and_keep_their_arguments(string order, string client)
    {
        var (deltas, output) = Orders[order];
        _clients.OpenAI.AnswerDeltas("tool_calls", [.. deltas.Select(static calls => new { role = "assistant", tool_calls = JsonNode.Parse(calls) })]);

        await (client switch
        {
            "OpenAI" => ReadAsync(_clients.Get<ChatClient>().CompleteChatStreamingAsync([new UserChatMessage("weather?")], cancellationToken: Cancellation)),
            "OpenAI on the wire" => ReadBodyAsync(_clients.Get<ChatClient>().CompleteChatAsync(Body("messages"), Unbuffered)),
            _ => ReadAsync(_clients.Get<IChatCompletionService>().GetStreamingChatMessageContentsAsync(Question, cancellationToken: Cancellation)),
        });

        Assert.Equal(output, Json((await StepAsync()).Output));
    }

    /// <summary>By name: the <c>choices</c> of each event, which only the wire shows, and the recorded output.</summary>
    private static readonly Dictionary<string, (string[] Choices, string Output)> OnTheWire = new()
    {
        ["a custom tool in fragments"] = (
            [
                """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"custom","custom":{"name":"run","input":""}}]}}]""",
                """[{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"print("}}]}}]""",
                """[{"index":0,"delta":{"tool_calls":[{"index":0,"custom":{"input":"1)"}}]}}]""",
            ],
            """{"id":"a","name":"run","arguments":"print(1)"}"""),
        ["a function call as it was before tools"] = (
            [
                """[{"index":0,"delta":{"role":"assistant","content":null,"function_call":{"name":"look_up","arguments":""}}}]""",
                """[{"index":0,"delta":{"function_call":{"arguments":"{\"city\":"}}}]""",
                """[{"index":0,"delta":{"function_call":{"arguments":"\"Paris\"}"}}}]""",
                """[{"index":0,"delta":{},"finish_reason":"function_call"}]""",
            ],
            """{"name":"look_up","arguments":{"city":"Paris"}}"""),
        ["arguments that are an object"] = (
            ["""[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"look_up","arguments":{"city":"Paris"}}}]}}]"""],
            OnlyParis),
        ["two choices, interleaved"] = (
            [
                """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"look_up","arguments":"{\"city\":"}}]}}]""",
                """[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"warn","arguments":"{\"city\":"}}]}}]""",
                """[{"index":1,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Rome\"}"}}]}},{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Paris\"}"}}]}}]""",
                """[]""",
            ],
            ParisAndRome),
        ["null where there is nothing"] = (
            [
                """[{"index":0,"delta":{"role":"assistant","content":null,"refusal":null,"function_call":null,"tool_calls":null}}]""",
                """[{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"look_up","arguments":"{\"city\":\"Paris\"}"}}]},"finish_reason":null}]""",
                """[{"index":0,"delta":{"tool_calls":[{"index":0,"id":null,"type":null,"function":{"name":null,"arguments":""}}]},"finish_reason":"tool_calls"}]""",
            ],
            OnlyParis),
        ["an index that is text"] = (
            [
                """[{"index":0,"delta":{"tool_calls":[{"index":"0","id":"a","function":{"name":"look_up","arguments":"{\"city\":"}}]}}]""",
                """[{"index":0,"delta":{"tool_calls":[{"index":"0","function":{"arguments":"\"Paris\"}"}}]}}]""",
            ],
            OnlyParis),
    };

    public static TheoryData<string> AllOnTheWire => [.. OnTheWire.Keys];

    [Theory]
    [MemberData(nameof(AllOnTheWire))]
    public async Task Tool_calls_are_read_in_every_form_that_the_wire_has(string form)
    {
        var (choices, output) = OnTheWire[form];
        AnswerWire([.. choices.Select(static items => $$"""{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":{{items}}}""")]);

        await ReadBodyAsync(_clients.Get<ChatClient>().CompleteChatAsync(Body("messages"), Unbuffered));

        Assert.Equal(output, Json((await StepAsync()).Output));
    }

    [Fact]
    public async Task A_stream_that_reports_an_error_and_audio_tokens_keeps_them()
    {
        AnswerWire(
            """{"id":"chatcmpl-1","choices":[{"index":0,"delta":{"content":"The cap"}}]}""",
            """{"choices":[],"usage":{"prompt_tokens":20,"prompt_tokens_details":{"audio_tokens":5},"completion_tokens":10,"completion_tokens_details":{"audio_tokens":6},"total_tokens":30}}""",
            """{"error":{"message":"overloaded","code":"server_error"}}""");

        await ReadBodyAsync(_clients.Get<ChatClient>().CompleteChatAsync(Body("messages"), Unbuffered));

        var step = await StepAsync();
        Assert.Equal("""{"errors":[{"message":"overloaded","code":"server_error"}],"content":"The cap"}""", Json(step.Output));
        Assert.Equal((5L, 6L, 30), (step.Metadata["inputAudioTokens"], step.Metadata["outputAudioTokens"], step.Tokens));
    }

    [Theory]
    [InlineData("""{"type":"error","code":"server_error","message":"overloaded","param":null}""")]
    [InlineData("""{"type":"error","error":{"type":"server_error","code":"server_error","message":"overloaded"}}""")]
    public async Task An_error_event_of_a_response_is_one_error(string error)
    {
        AnswerWire("""{"type":"response.output_text.delta","output_index":0,"delta":"The cap"}""", error);

        await ReadBodyAsync(_clients.Get<ResponsesClient>().CreateResponseAsync(Body("input"), Unbuffered));

        Assert.Equal("""{"errors":[{"message":"overloaded","code":"server_error"}],"content":"The cap"}""", Json((await StepAsync()).Output));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_of_a_custom_tool_is_a_tool_call_of_the_response(bool isOnTheWire)
    {
        _clients.OpenAI.AnswerEvents(
            new { type = "response.output_item.added", output_index = 0, item = Call("") },
            new { type = "response.custom_tool_call_input.delta", output_index = 0, item_id = "ctc_a", delta = "print(" },
            new { type = "response.custom_tool_call_input.delta", output_index = 0, item_id = "ctc_a", delta = "1)" },
            new { type = "response.output_item.done", output_index = 0, item = Call("print(1)") },
            new { type = "response.output_item.added", output_index = 1, item = new { id = "ws_1", type = "web_search_call", status = "completed", action = new { type = "search", query = "weather" } } },
            new { type = "response.completed", response = Response("completed") });

        await AskResponsesAsync(isOnTheWire);

        Assert.Equal("""{"id":"a","name":"run","arguments":"print(1)"}""", Json((await StepAsync()).Output));

        static object Call(string input) => new { id = "ctc_a", type = "custom_tool_call", status = "in_progress", call_id = "a", name = "run", input };
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Azure")]
    public async Task The_calls_of_each_round_of_automatic_invocation_are_kept_apart_even_if_the_provider_repeats_the_id(string? service)
    {
        _clients.OpenAI.AnswerToolCall("weather-look_up", new { city = "Paris" });
        _clients.OpenAI.AnswerToolCall("weather-look_up", new { city = "Rome" });
        var kernel = new Kernel();
        kernel.Plugins.AddFromFunctions("weather", [KernelFunctionFactory.CreateFromMethod((string city) => $"sunny in {city}", "look_up")]);
        var settings = new OpenAIPromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        await ReadAsync(_clients.Get<IChatCompletionService>(service).GetStreamingChatMessageContentsAsync(Question, settings, kernel, Cancellation));

        Assert.Equal(3, _clients.Requests);
        Assert.Equal(
            $$$"""
            {"toolCalls":[{"id":"call_1","name":"weather-look_up","arguments":{"city":"Paris"}},
            {"id":"call_1","name":"weather-look_up","arguments":{"city":"Rome"}}],"content":"{{{OpenAIServer.DefaultAnswer}}}"}
            """.ReplaceLineEndings(""),
            Json((await _clients.PublishedAsync()).Root.Output));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Anthropics_tool_calls_are_told_apart_by_block(bool isStreamed)
    {
        _clients.Anthropic.Answer(
            "tool_use",
            new { type = "tool_use", id = "a", name = "look_up", input = new { city = "Paris" } },
            new { type = "text", text = "and" },
            new { type = "tool_use", id = "b", name = "warn", input = new { city = "Rome" } });

        await AskAnthropicAsync(isStreamed, isBeta: false);

        Assert.Equal($$"""{"toolCalls":{{ParisAndRome}},"content":"and"}""", Json((await StepAsync()).Output));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Tools_that_Anthropic_runs_are_not_tool_calls_of_the_answer(bool isBeta, bool isStreamed)
    {
        _clients.Anthropic.Answer(
            "tool_use",
            new { type = "text", text = "Let me search." },
            new { type = "server_tool_use", id = "srvtoolu_1", name = "web_search", input = new { query = "weather" } },
            new
            {
                type = "web_search_tool_result",
                tool_use_id = "srvtoolu_1",
                content = new[] { new { type = "web_search_result", url = "https://example.com", title = "Weather", encrypted_content = "abc", page_age = (string?)null } },
            },
            new { type = "mcp_tool_use", id = "mcptoolu_1", name = "forecast", server_name = "weather", input = new { days = 2 } },
            new { type = "mcp_tool_result", tool_use_id = "mcptoolu_1", is_error = false, content = new[] { new { type = "text", text = "rain" } } },
            new { type = "a_block_of_the_future", id = "x", input = new { days = 2 } },
            new { type = "text", text = " It rains." },
            new { type = "tool_use", id = "a", name = "look_up", input = new { city = "Paris" } });

        await AskAnthropicAsync(isStreamed, isBeta);

        Assert.Equal(
            $$"""{"toolCalls":[{{OnlyParis}}],"content":"Let me search. It rains."}""",
            Json((await StepAsync()).Output));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_else_an_Anthropic_turn_has_is_not_part_of_the_answer(bool isBeta, bool isStreamed)
    {
        _clients.Anthropic.Answer(
            "pause_turn",
            new { type = "thinking", thinking = "Hm.", signature = "c2lnbmF0dXJl" },
            new { type = "redacted_thinking", data = "ZW5jcnlwdGVk" },
            new { type = "server_tool_use", id = "srvtoolu_1", name = "bash_code_execution", input = new { command = "date" } },
            new
            {
                type = "bash_code_execution_tool_result",
                tool_use_id = "srvtoolu_1",
                content = new { type = "bash_code_execution_result", stdout = "today", stderr = "", return_code = 0, content = Array.Empty<object>() },
            },
            new { type = "server_tool_use", id = "srvtoolu_2", name = "web_fetch", input = new { url = "https://example.com" } },
            new { type = "web_fetch_tool_result", tool_use_id = "srvtoolu_2", content = new { type = "web_fetch_tool_result_error", error_code = "unavailable" } },
            new
            {
                type = "text",
                text = "It rains.",
                citations = new[] { new { type = "char_location", cited_text = "rain", document_index = 0, document_title = "Weather", start_char_index = 0, end_char_index = 4 } },
            },
            new { type = "container_upload", file_id = "file_1" });

        await AskAnthropicAsync(isStreamed, isBeta);

        var step = await StepAsync();
        Assert.Equal(("It rains.", "pause_turn"), (step.Output, step.Metadata["finishReason"]));
    }

    [Fact]
    public async Task A_tool_call_that_waits_for_approval_is_a_tool_call()
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { publisher } });
        using var client = tracer.Intercept<IChatClient>(new ApprovingClient());

        await client.GetResponseAsync("weather?", cancellationToken: Cancellation);
        await ReadAsync(client.GetStreamingResponseAsync("weather?", cancellationToken: Cancellation));

        await tracer.FlushAsync(Cancellation);
        Assert.All(publisher.Traces, static trace => Assert.Equal(OnlyParis, Json(trace.Root.Output)));
        Assert.Equal(2, publisher.Traces.Count);
    }

    [Fact]
    public async Task Ollamas_tool_calls_are_a_call_each_without_ids()
    {
        _clients.Ollama.AnswerMessages(OllamaCall("Paris"), OllamaCall("Rome"));

        await ReadAsync(_clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Messages = [new(OllamaRole.User, "weather?")] }, Cancellation));

        Assert.Equal(WithoutIds, Json((await StepAsync()).Output));

        static object OllamaCall(string city) =>
            new { role = "assistant", content = "", tool_calls = new[] { new { function = new { name = "look_up", arguments = new { city } } } } };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_tool_calls_of_a_response_are_told_apart_by_output_index(bool isOnTheWire)
    {
        _clients.OpenAI.AnswerEvents(
            new { type = "response.output_item.added", output_index = 0, item = Call("a", "look_up", "") },
            new { type = "response.output_item.added", output_index = 1, item = Call("b", "warn", "") },
            new { type = "response.function_call_arguments.delta", output_index = 1, item_id = "fc_b", delta = "{\"city\":" },
            new { type = "response.function_call_arguments.delta", output_index = 0, item_id = "fc_a", delta = "{\"city\":\"Paris\"}" },
            new { type = "response.mcp_call_arguments.delta", output_index = 2, item_id = "mcp_1", delta = "{\"days\":2}" },
            new { type = "response.function_call_arguments.delta", output_index = 1, item_id = "fc_b", delta = "\"Rome\"}" },
            new { type = "response.output_item.done", output_index = 0, item = Call("a", "look_up", """{"city":"Paris"}""") },
            new { type = "response.completed", response = Response("completed") });

        await AskResponsesAsync(isOnTheWire);

        var step = await StepAsync();
        Assert.Equal(ParisAndRome, Json(step.Output));
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));

        static object Call(string id, string name, string arguments) =>
            new { id = $"fc_{id}", type = "function_call", status = "in_progress", call_id = id, name, arguments };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_streamed_response_that_fails_keeps_its_text_and_the_errors_code_and_message(bool isOnTheWire)
    {
        _clients.OpenAI.AnswerEvents(
            new { type = "response.output_text.delta", output_index = 0, item_id = "msg_1", content_index = 0, delta = "The cap" },
            new { type = "response.failed", response = Response("failed", error: new { code = "server_error", message = "The model failed." }) });

        await AskResponsesAsync(isOnTheWire);

        var step = await StepAsync();
        Assert.Equal(
            """{"errors":[{"message":"The model failed.","code":"server_error"}],"content":"The cap"}""",
            Json(step.Output));
        Assert.Equal("failed", step.Metadata["finishReason"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_streamed_response_that_is_incomplete_keeps_its_text_and_the_reason(bool isOnTheWire)
    {
        _clients.OpenAI.AnswerEvents(
            new { type = "response.output_text.delta", output_index = 0, item_id = "msg_1", content_index = 0, delta = "The cap" },
            new { type = "response.output_text.done", output_index = 0, item_id = "msg_1", content_index = 0, text = "The cap" },
            new { type = "response.incomplete", response = Response("incomplete", details: new { reason = "max_output_tokens" }) });

        await AskResponsesAsync(isOnTheWire);

        var step = await StepAsync();
        Assert.Equal("The cap", step.Output);
        Assert.Equal(("max_output_tokens", 30), (step.Metadata["finishReason"], step.Tokens));
    }

    private sealed class ApprovingClient : IChatClient
    {
        private static readonly AIContent[] Contents =
            [new ToolApprovalRequestContent("1", new Microsoft.Extensions.AI.FunctionCallContent("a", "look_up", new Dictionary<string, object?> { ["city"] = "Paris" }))];

        public Task<ChatResponse> GetResponseAsync(IEnumerable<AIMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new ChatResponse(new AIMessage(Microsoft.Extensions.AI.ChatRole.Assistant, [.. Contents])));

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<AIMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            yield return new ChatResponseUpdate(Microsoft.Extensions.AI.ChatRole.Assistant, [.. Contents]);
        }

        public object? GetService(System.Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }

    private static object Response(string status, object? error = null, object? details = null) => new
    {
        id = "resp_1",
        @object = "response",
        created_at = 1_700_000_000,
        status,
        error,
        incomplete_details = details,
        model = "gpt-4o-mini",
        output = Array.Empty<object>(),
        parallel_tool_calls = true,
        tools = Array.Empty<object>(),
        usage = new
        {
            input_tokens = 20,
            input_tokens_details = new { cached_tokens = 4 },
            output_tokens = 10,
            output_tokens_details = new { reasoning_tokens = 3 },
            total_tokens = 30,
        },
    };

    private static string Start(string id, string name, int? index = null) => Whole(id, name, "", index);

    private static string Whole(string id, string name, string arguments, int? index = null)
    {
        var call = new JsonObject { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments } };
        if (index is not null)
        {
            call["index"] = index;
        }

        return new JsonArray(call).ToJsonString();
    }

    private static BinaryContent Body(string prompt) => BinaryContent.Create(BinaryData.FromString(
        $$"""{"model":"gpt-4o-mini","stream":true,"{{prompt}}":[{"role":"user","content":"weather?"}]}"""));

    private static async Task ReadBodyAsync(Task<ClientResult> request)
    {
        using var reader = new StreamReader((await request).GetRawResponse().ContentStream!);
        Assert.NotEmpty(await reader.ReadToEndAsync(Cancellation));
    }

    private static string Json(object? value) => JsonSerializer.Serialize(value);

    private static async Task ReadAsync<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (var item in stream)
        {
            Assert.NotNull(item);
        }
    }

    private async Task AskAnthropicAsync(bool isStreamed, bool isBeta)
    {
        var client = _clients.Get<IAnthropicClient>();
        var message = new MessageCreateParams
        {
            MaxTokens = 64,
            Model = "claude-sonnet-4-5",
            Messages = [new MessageParam(new UserMessageParam { Content = "weather?" })],
        };
        var beta = new Beta.MessageCreateParams
        {
            MaxTokens = 64,
            Model = "claude-sonnet-4-5",
            Messages = [new(new Beta.BetaUserMessageParam { Content = "weather?" })],
        };
        await ((isBeta, isStreamed) switch
        {
            (false, false) => client.Messages.Create(message, Cancellation),
            (false, true) => ReadAsync(client.Messages.CreateStreaming(message, Cancellation)),
            (true, false) => client.Beta.Messages.Create(beta, Cancellation),
            (true, true) => ReadAsync(client.Beta.Messages.CreateStreaming(beta, Cancellation)),
        });
    }

    private void AnswerWire(params string[] events) => _clients.OpenAI.AnswerWith(async context =>
    {
        context.Response.ContentType = "text/event-stream";
        foreach (var item in events.Append("[DONE]"))
        {
            await context.Response.WriteAsync($"data: {item}\n\n", Cancellation);
        }
    });

    private async Task AskResponsesAsync(bool isOnTheWire)
    {
        var client = _clients.Get<ResponsesClient>();
        if (!isOnTheWire)
        {
            await ReadAsync(await client.CreateResponseStreamingAsync("gpt-4o-mini", "weather?", cancellationToken: Cancellation));
            return;
        }

        await ReadBodyAsync(client.CreateResponseAsync(Body("input"), Unbuffered));
    }

    private async Task<ChatCompletionStep> StepAsync() => Assert.IsType<ChatCompletionStep>((await _clients.PublishedAsync()).Root);
}
