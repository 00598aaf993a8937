using Microsoft.Playwright;

namespace Openlayer.Interception.Tests.Publishing.Html;

/// <summary>Takes the pictures that the documents show. Runs only when it is asked for; docs/publishers.md has the command.</summary>
[Trait("Clock", "Real")]
public sealed class TracePageScreenshots(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openlayer-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(Explicit = true)]
    [InlineData("traces-light.png", ColorScheme.Light, 1360, 860)]
    [InlineData("traces-dark.png", ColorScheme.Dark, 1360, 860)]
    [InlineData("traces-narrow.png", ColorScheme.Light, 420, 860)]
    public async Task A_trace_of_an_agent(string name, ColorScheme colours, int width, int height)
    {
        var publisher = new HtmlTracePublisher(_folder.FullName);
        DateTimeOffset now;
        await using (var app = new TracedApplication(options => options.Publishers.Add(publisher)))
        {
            await ExampleTraces.WriteAsync(app, 40);
            now = app.Time.GetUtcNow();
        }

        var page = await browser.NewPageAsync(colours, width, height);
        await page.Clock.SetFixedTimeAsync(now.UtcDateTime);
        await page.GotoAsync(new Uri(publisher.FilePath).AbsoluteUri);
        await page.Locator("#list [role=option]").Filter(new() { HasText = "1 failed step" }).First.ClickAsync();
        await page.Locator(".step").Nth(5).ClickAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Folder, "docs", "images", name) });
    }
}
