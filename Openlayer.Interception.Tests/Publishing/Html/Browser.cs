using Microsoft.Playwright;

namespace Openlayer.Interception.Tests.Publishing.Html;

/// <summary>Chromium as the machine has it. Its tests are skipped where there is none.</summary>
public sealed class Browser : IAsyncLifetime
{
    // In milliseconds. Other tests keep the machine busy.
    private const float HungAfter = 60_000;

    private static readonly string? Executable = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(static folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Executable is not null)
        {
            Assertions.SetDefaultExpectTimeout(HungAfter);
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Executable,
                Args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>An empty tab.</summary>
    internal async Task<IPage> NewPageAsync(ColorScheme colours = ColorScheme.Light, int width = 1360, int height = 860)
    {
        Assert.SkipWhen(_browser is null, "There is no Chromium here. This installs it: apt-get install -y chromium");
        var context = await _browser!.NewContextAsync(new()
        {
            ColorScheme = colours,
            ViewportSize = new() { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "UTC",
            Locale = "en-GB",
            Permissions = ["clipboard-read", "clipboard-write"],
        });
        context.SetDefaultTimeout(HungAfter);
        return await context.NewPageAsync();
    }
}
