using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Publishing.Html;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>Takes the picture that docs/opentelemetry.md shows. Runs only when it is asked for; the document has the command.</summary>
[Trait("Clock", "Real")]
public sealed class AspireScreenshots(Browser browser) : IClassFixture<Browser>
{
    private const int Spans = 6;

    [Fact(Explicit = true)]
    public async Task A_request_through_two_services()
    {
        var token = TestContext.Current.CancellationToken;
        await using var services = await TwoServices.StartAsync(token);

        // The first request is slow, because it loads the code.
        await services.AskAsync("What happens to a stream?", token);
        await TracedApplication.UntilAsync(async () => (await services.Dashboard.SpansAsync(token)).Count == Spans);
        await services.AskAsync("What happens to a stream that is left early?", token);
        IReadOnlyList<ReceivedSpan> spans = [];
        await TracedApplication.UntilAsync(async () => (spans = await services.Dashboard.SpansAsync(token)).Count == 2 * Spans);

        var traceId = spans.MaxBy(static span => span.Start)!.TraceId;
        var page = await browser.NewPageAsync(width: 1500, height: 700);
        await page.GotoAsync(new Uri(await services.Dashboard.Page, $"traces/detail/{traceId}").AbsoluteUri);
        await page.GetByText("chat gpt-4o-mini").First.ClickAsync();
        await page.GetByText("gen_ai.usage.input_tokens").First.WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Folder, "docs", "images", "aspire.png") });
    }
}
