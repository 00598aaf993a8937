using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using Openlayer.Interception.Tests.ModelClients;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>Requests to models as spans and measurements, through the real clients.</summary>
public sealed class ModelSpanTests : IAsyncLifetime
{
    private const string ChatSpan = "chat gpt-4o-mini";

    private TestedClients _clients = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync(new() { Configure = static options => options.SpanContent = true });

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Fact]
    public async Task A_chat_completion_is_a_client_span_with_the_attributes_of_the_conventions()
    {
        using var spans = new RecordedSpans();

        await _clients.Get<ChatClient>().CompleteChatAsync(
            [new SystemChatMessage("Be brief."), new UserChatMessage("capital?")], new ChatCompletionOptions { Temperature = 0.2f, MaxOutputTokenCount = 100 }, Cancellation);

        var span = spans.Named(ChatSpan);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("openai", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("gpt-4o-mini", span.GetTagItem("gen_ai.request.model"));
        Assert.Equal("gpt-4o-mini-2024-07-18", span.GetTagItem("gen_ai.response.model"));
        Assert.Equal(["stop"], Assert.IsType<string[]>(span.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.Equal((20, 10), (span.GetTagItem("gen_ai.usage.input_tokens"), span.GetTagItem("gen_ai.usage.output_tokens")));
        Assert.Equal(0.2, span.GetTagItem("gen_ai.request.temperature"));
        Assert.Equal(100, Convert.ToInt32(span.GetTagItem("gen_ai.request.max_tokens"), CultureInfo.InvariantCulture));
        Assert.Equal(
            """[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},{"role":"user","parts":[{"type":"text","content":"capital?"}]}]""",
            span.GetTagItem("gen_ai.input.messages"));
        Assert.Equal(
            $$"""[{"role":"assistant","parts":[{"type":"text","content":"{{OpenAIServer.DefaultAnswer}}"}],"finish_reason":"stop"}]""",
            span.GetTagItem("gen_ai.output.messages"));
    }

    [Fact]
    public async Task The_SDKs_HTTP_span_nests_under_the_chat_span_whole_and_streamed()
    {
        using var spans = new RecordedSpans("System.Net.Http");

        await _clients.Get<ChatClient>().CompleteChatAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation);
        await foreach (var update in _clients.Get<ChatClient>().CompleteChatStreamingAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation))
        {
            Assert.Same(spans.Request, Activity.Current);
        }

        var http = Environment.Version.Major == 8 ? "System.Net.Http.HttpRequestOut" : "POST";
        Assert.Equal($"request({ChatSpan}({http}), {ChatSpan}({http}))", spans.Tree);
    }

    [Fact]
    public async Task A_streamed_answer_has_the_time_to_its_first_chunk()
    {
        using var spans = new RecordedSpans();

        await foreach (var update in _clients.Get<ChatClient>().CompleteChatStreamingAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation))
        {
        }

        var span = spans.Named(ChatSpan);
        Assert.Equal(true, span.GetTagItem("gen_ai.request.stream"));
        Assert.InRange(Assert.IsType<double>(span.GetTagItem("gen_ai.response.time_to_first_chunk")), 0, span.Duration.TotalSeconds);
    }

    [Fact]
    public async Task A_tool_call_stands_in_the_output_messages_as_the_conventions_say()
    {
        using var spans = new RecordedSpans();
        _clients.OpenAI.AnswerToolCall("LookUp", new { city = "Paris" });

        var answer = await _clients.Get<IChatClient>().GetResponseAsync("weather?", new ChatOptions { ModelId = "gpt-4o-mini" }, Cancellation);

        var call = answer.Messages.SelectMany(static message => message.Contents).OfType<FunctionCallContent>().Single();
        Assert.Equal(
            $$$"""[{"role":"assistant","parts":[{"type":"tool_call","id":"{{{call.CallId}}}","name":"LookUp","arguments":{"city":"Paris"}}],"finish_reason":"tool_calls"}]""",
            spans.Named(ChatSpan).GetTagItem("gen_ai.output.messages"));
    }

    [Fact]
    public async Task A_request_through_several_traced_layers_is_one_span()
    {
        using var spans = new RecordedSpans();

        await _clients.Get<IChatClient>(TestedClients.Layered).GetResponseAsync("capital?", cancellationToken: Cancellation);

        Assert.Single(spans.Ended, static span => span.OperationName.StartsWith("chat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_request_that_UseOpenTelemetry_reports_above_has_no_second_span_and_its_step_has_the_id_of_that_one()
    {
        using var spans = new RecordedSpans("test");
        var client = _clients.Get<IChatClient>().AsBuilder().UseOpenTelemetry(sourceName: "test").Build();

        await client.GetResponseAsync("capital?", cancellationToken: Cancellation);

        var span = Assert.Single(spans.Ended);
        Assert.Equal("test", span.Source.Name);
        var row = Row.Of(await _clients.PublishedAsync());
        Assert.Equal(span.SpanId.ToHexString(), row.GetProperty("steps")[0].GetProperty("metadata").GetProperty("spanId").GetString());
    }

    [Fact]
    public async Task A_request_that_UseOpenTelemetry_reports_below_has_no_second_span()
    {
        using var spans = new RecordedSpans("test");
        var pipeline = _clients.Get<OpenAI.OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient().AsBuilder().UseOpenTelemetry(sourceName: "test").Build();
        var client = _clients.Tracer.Intercept(pipeline);

        await client.GetResponseAsync("capital?", cancellationToken: Cancellation);

        Assert.Equal("test", Assert.Single(spans.Ended).Source.Name);
    }

    [Fact]
    public async Task The_row_of_a_loop_of_requests_outside_any_activity_has_no_ids_of_a_span_that_nobody_sees()
    {
        Activity.Current = null;
        var client = _clients.Get<IChatClient>().AsBuilder().UseFunctionInvocation().Build();
        var tool = AIFunctionFactory.Create(static () => "sunny", "weather");

        await client.GetResponseAsync("weather?", new ChatOptions { Tools = [tool] }, Cancellation);

        Assert.False(Row.Of(await _clients.PublishedAsync()).TryGetProperty("traceId", out _));
    }

    [Fact]
    public async Task A_failed_request_has_the_error_on_its_span()
    {
        using var spans = new RecordedSpans();
        _clients.OpenAI.AnswerError(400);

        await Assert.ThrowsAnyAsync<Exception>(() => _clients.Get<ChatClient>().CompleteChatAsync([new UserChatMessage("capital?")], cancellationToken: Cancellation));

        var span = spans.Named(ChatSpan);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("System.ClientModel.ClientResultException", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task A_request_is_measured_once_with_its_duration_tokens_and_time_to_the_first_chunk()
    {
        var measured = new List<(string Instrument, double Value, string? TokenType)>();
        var model = $"gpt-{Guid.NewGuid()}";
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Openlayer.Interception" && instrument.Name.StartsWith("gen_ai", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        await foreach (var update in _clients.Get<IChatClient>(TestedClients.Layered).GetStreamingResponseAsync("capital?", new ChatOptions { ModelId = model }, Cancellation))
        {
        }

        lock (measured)
        {
            Assert.Equal(
                ["gen_ai.client.inference.time_to_first_chunk ", "gen_ai.client.operation.duration ", "gen_ai.client.token.usage input", "gen_ai.client.token.usage output"],
                measured.Select(static one => $"{one.Instrument} {one.TokenType}").Order());
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var all = tags.ToArray().ToDictionary();
            if (all.GetValueOrDefault("gen_ai.request.model") as string == model)
            {
                lock (measured)
                {
                    measured.Add((instrument.Name, value, all.GetValueOrDefault("gen_ai.token.type") as string));
                }
            }
        }
    }
}
