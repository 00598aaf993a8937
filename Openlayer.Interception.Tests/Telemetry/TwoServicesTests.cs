using System.Text.Json;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>Two processes, of which one calls the other over HTTP. Both report to the Aspire dashboard by OpenTelemetry's own exporter.</summary>
public sealed class TwoServicesTests
{
    private const int Spans = 6;

    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(50);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_through_two_services_is_one_trace_in_the_receiver_and_in_both_rows()
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(HungAfter);
        await using var services = await TwoServices.StartAsync(timeout.Token);

        Assert.Equal("Its step ends with what it has produced so far.", await services.AskAsync("What happens?", timeout.Token));

        // The exporters send their spans in batches.
        IReadOnlyList<ReceivedSpan> spans = [];
        await TracedApplication.UntilAsync(async () => (spans = await services.Dashboard.SpansAsync(timeout.Token)).Count >= Spans);
        Assert.Equal(
            "answers: GET /answers(answers: IAnswers.AnswerAsync("
            + "answers: GET(search: GET /passages(search: retrieval IPassages.FindAsync)), answers: chat gpt-4o-mini))",
            ReceivedSpan.TreeOf(spans));
        var traceId = Assert.Single(spans.Select(static span => span.TraceId).Distinct());
        var rows = new[] { await RowAsync(), await RowAsync() }.ToDictionary(static row => row.GetProperty("steps")[0].GetProperty("name").GetString()!);
        Assert.All(rows.Values, row => Assert.Equal(traceId, row.GetProperty("traceId").GetString()));
        Assert.Equal(Span("IAnswers.AnswerAsync").SpanId, rows["IAnswers.AnswerAsync"].GetProperty("spanId").GetString());
        Assert.Equal(Span("GET").SpanId, rows["IPassages.FindAsync"].GetProperty("parentSpanId").GetString());
        Assert.Equal("48", Span("chat gpt-4o-mini").Attributes["gen_ai.usage.input_tokens"]);
        Assert.Contains("What happens?", Span("IAnswers.AnswerAsync").Attributes["gen_ai.input.messages"], StringComparison.Ordinal);

        ReceivedSpan Span(string name) => Assert.Single(spans, span => span.Name == name);

        async Task<JsonElement> RowAsync() => (await services.Openlayer.NextAsync()).Json.GetProperty("rows")[0];
    }
}
