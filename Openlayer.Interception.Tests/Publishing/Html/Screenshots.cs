using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Openlayer.Interception.Tests.Publishing.Html;

/// <summary>Takes the pictures that the documents show. Runs only when it is asked for; docs/publishers.md has the command.</summary>
[Trait("Clock", "Real")]
public sealed partial class Screenshots(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openlayer-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory(Explicit = true)]
    [InlineData("traces-light.png", ColorScheme.Light, 1360, 860)]
    [InlineData("traces-dark.png", ColorScheme.Dark, 1360, 860)]
    [InlineData("traces-narrow.png", ColorScheme.Light, 420, 860)]
    public async Task The_page_of_traces(string name, ColorScheme colours, int width, int height)
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
        await page.ScreenshotAsync(new() { Path = PathOf(name) });
    }

    [Fact(Explicit = true)]
    public async Task The_tree_on_the_console()
    {
        using var writer = new StringWriter();
        await using (var app = new TracedApplication(options => options.Publishers.Add(new ConsoleTracePublisher(writer, colors: true))))
        {
            await ExampleTraces.WriteAsync(app, 7);
        }

        var lines = writer.ToString().Split(Environment.NewLine);
        var page = await browser.NewPageAsync(ColorScheme.Dark);
        await page.SetContentAsync($$"""
            <style>
              pre { display: inline-block; margin: 0; padding: 1.2em 1.5em; border-radius: 8px; background: #16181c; color: #e7e8ea; font: 14px/1.5 ui-monospace, monospace; }
              .s1 { font-weight: 700 } .s2 { color: #8d949e } .s31 { color: #ff8a80; font-weight: 700 } .s32 { color: #52c896 } .s33 { color: #dcc055 } .s36 { color: #45c4d6 }
              body { margin: 0; background: transparent }
            </style>
            <pre>{{Styled(string.Join('\n', lines[^15..]).Trim())}}</pre>
            """);
        await page.Locator("pre").ScreenshotAsync(new() { Path = PathOf("console.png"), OmitBackground = true });
    }

    private static string PathOf(string name) => Path.Combine(Repository.Folder, "docs", "images", name);

    /// <summary>The text with an element for each style.</summary>
    private static string Styled(string text) => EscapeSequence().Replace(
        WebUtility.HtmlEncode(text).Replace("&#27;", "\u001b", StringComparison.Ordinal),
        static sequence => sequence.Groups[1].Value == "0" ? "</span>" : $"<span class='s{sequence.Groups[1].Value.Split(';')[^1]}'>");

    [GeneratedRegex(@"\u001b\[([0-9;]*)m")]
    private static partial Regex EscapeSequence();
}
