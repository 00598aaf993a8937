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
        if (AspireDashboard.Find(out var reason) is not { } program)
        {
            Assert.Skip(reason);
            return;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(Token);
        timeout.CancelAfter(HungAfter);
        using var dashboard = new AspireDashboard(program);
        await using var openlayer = await OpenlayerServer.StartAsync();
        var receiver = await dashboard.Receiver.WaitAsync(timeout.Token);
        using var search = new ServiceProcess("search", receiver, openlayer.Address);
        using var answers = new ServiceProcess("answers", receiver, openlayer.Address, await search.Address.WaitAsync(timeout.Token));
        using var client = new HttpClient { BaseAddress = await answers.Address.WaitAsync(timeout.Token) };

        Assert.Equal("Its step ends with what it has produced so far.", await client.GetStringAsync(new Uri("answers?question=What+happens%3F", UriKind.Relative), timeout.Token));

        // The exporters send their spans in batches.
        IReadOnlyList<ReceivedSpan> spans = [];
        await TracedApplication.UntilAsync(async () => (spans = await dashboard.SpansAsync(timeout.Token)).Count >= Spans);
        Assert.Equal(
            "answers: GET /answers(answers: IAnswers.AnswerAsync("
            + "answers: GET(search: GET /passages(search: retrieval IPassages.FindAsync)), answers: chat gpt-4o-mini))",
            ReceivedSpan.TreeOf(spans));
        var traceId = Assert.Single(spans.Select(static span => span.TraceId).Distinct());
        var rows = new[] { await RowAsync(openlayer), await RowAsync(openlayer) }.ToDictionary(static row => row.GetProperty("steps")[0].GetProperty("name").GetString()!);
        Assert.All(rows.Values, row => Assert.Equal(traceId, row.GetProperty("traceId").GetString()));
        Assert.Equal(Span("IAnswers.AnswerAsync").SpanId, rows["IAnswers.AnswerAsync"].GetProperty("spanId").GetString());
        Assert.Equal(Span("GET").SpanId, rows["IPassages.FindAsync"].GetProperty("parentSpanId").GetString());
        Assert.Equal("48", Span("chat gpt-4o-mini").Attributes["gen_ai.usage.input_tokens"]);
        Assert.Contains("What happens?", Span("IAnswers.AnswerAsync").Attributes["gen_ai.input.messages"], StringComparison.Ordinal);

        ReceivedSpan Span(string name) => Assert.Single(spans, span => span.Name == name);
    }

    private static async Task<JsonElement> RowAsync(OpenlayerServer openlayer) => (await openlayer.NextAsync()).Json.GetProperty("rows")[0];
}
