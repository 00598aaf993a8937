using System.Net;
using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Openlayer.Interception.Tests.Documentation;
using static Microsoft.Playwright.Assertions;

namespace Openlayer.Interception.Tests.Publishing.Html;

/// <summary>The page of traces in a real browser.</summary>
[Trait("Clock", "Real")]
public sealed class TracePageTests(Browser browser) : IClassFixture<Browser>, IAsyncDisposable
{
    // Far fewer than one element for each of thousands of traces or steps.
    private const int MaxElements = 1_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("openlayer-");
    private readonly List<string> _requests = [];
    private readonly List<string?> _failures = [];
    private readonly List<string> _complaints = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => Path.Combine(_folder.FullName, "traces.html");

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return default;
    }

    [Fact]
    public async Task The_page_shows_the_newest_trace_and_loads_nothing_but_itself()
    {
        var page = await OpenExamplesAsync(12);

        await Expect(page.Locator("#count")).ToHaveTextAsync("12 traces, 2 failed");
        await Expect(Traces(page)).ToHaveCountAsync(12);
        await Expect(Traces(page).First).ToHaveAttributeAsync("aria-selected", "true");
        await Expect(Traces(page).First).ToContainTextAsync("IAnswerService.AnswerAsync");
        await Expect(Traces(page).First).ToContainTextAsync("Is there a quiet coach on night trains?");
        await Expect(Traces(page).First).ToContainTextAsync("margaret · gpt-4o-mini606 tokens");
        await Expect(Title(page)).ToHaveTextAsync("IAnswerService.AnswerAsync");
        Assert.Equal([new Uri(File).AbsoluteUri], _requests.Where(static request => !request.StartsWith("data:", StringComparison.Ordinal)));
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task A_trace_is_a_waterfall_and_a_step_has_its_conversation_parameters_and_metadata()
    {
        var page = await OpenExamplesAsync(12);

        await Traces(page).Nth(2).ClickAsync();
        await Expect(Steps(page)).ToHaveTextAsync(
        [
            "ITripService.PlanAsync",
            "Personal Data - Input",
            "IRetriever.SearchAsync",
            "OpenAI Embedding",
            "AIAgent.RunStreamingAsync",
            "OpenAI Chat Completion",
            "ITools.FindWeatherAsync",
            "ITools.FindTrainsAsync",
            "OpenAI Chat Completion",
            "IAudit.WriteAsync",
        ]);
        Assert.Equal(
            ["1", "2", "2", "3", "2", "3", "3", "3", "3", "2"],
            await page.GetByRole(AriaRole.Treeitem).EvaluateAllAsync<string[]>("steps => steps.map(step => step.getAttribute('aria-level'))"));

        await Steps(page).Nth(8).ClickAsync();
        await Expect(page.Locator(".details h3")).ToHaveTextAsync("OpenAI Chat Completion");
        await Expect(page.Locator(".details .facts")).ToContainTextAsync("First token204 ms");
        await Expect(page.Locator(".details .facts")).ToContainTextAsync("771 → 44");
        await Expect(page.Locator(".role")).ToHaveTextAsync(["system", "user", "assistant", "tool", "assistant"]);
        await Expect(page.Locator(".message").Nth(2)).ToContainTextAsync("find_trains");
        await Expect(page.Locator(".message").Last).ToContainTextAsync("Take the train at 10:04 from platform 3");
        await Expect(page.GetByLabel("Parameters", new() { Exact = true })).ToContainTextAsync("temperature0.2");
        await Expect(page.GetByLabel("Metadata", new() { Exact = true })).ToContainTextAsync("finishReasonstop");
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task The_bars_of_a_waterfall_are_where_their_steps_are_in_time()
    {
        var page = await OpenExamplesAsync(12);
        await Traces(page).Nth(2).ClickAsync();

        var bars = await page.Locator(".bar").EvaluateAllAsync<double[][]>(
            "bars => bars.map(bar => { const box = bar.getBoundingClientRect(); return [box.left, box.right] })");

        // The agent's two tools start together after the first model call. The second model call begins when both have ended.
        Assert.Equal(bars[6][0], bars[7][0], 1.0);
        Assert.Equal(bars[5][1], bars[6][0], 1.0);
        Assert.True(bars[6][1] < bars[7][1]);
        Assert.Equal(bars[7][1], bars[8][0], 1.0);
        Assert.All(bars, bar => Assert.InRange(bar[0], bars[0][0], bars[0][1]));
        Assert.All(bars, bar => Assert.InRange(bar[1], bars[0][0], bars[0][1] + 1));
    }

    [Fact]
    public async Task A_failure_is_seen_in_the_list_in_the_waterfall_and_in_its_step()
    {
        var page = await OpenExamplesAsync(12);

        await page.GetByRole(AriaRole.Button, new() { Name = "Failed" }).ClickAsync();
        await Expect(Traces(page)).ToHaveCountAsync(2);
        await Expect(Traces(page).Nth(0)).ToContainTextAsync("failed");
        await Expect(Traces(page).Nth(1)).ToContainTextAsync("1 failed step");

        await Traces(page).Nth(1).ClickAsync();
        var failed = page.Locator(".step.is-failed");
        await Expect(failed).ToHaveCountAsync(1);
        await Expect(failed).ToContainTextAsync("ITools.FindTrainsAsync");
        await failed.ClickAsync();
        await Expect(page.Locator(".error")).ToHaveTextAsync("The timetable did not answer within 300 ms.");
    }

    [Theory]
    [InlineData("CHILDREN under", "1 of 12 traces")]
    [InlineData("linus", "3 of 12 traces")]
    [InlineData("session-1", "3 of 12 traces")]
    [InlineData("Rate limit 429", "1 of 12 traces")]
    [InlineData("21 °C", "3 of 12 traces")]
    [InlineData("xyzzy", "0 of 12 traces")]
    [InlineData("   ", "12 traces, 2 failed")]
    public async Task A_search_finds_the_traces_that_have_every_word_anywhere(string words, string count)
    {
        var page = await OpenExamplesAsync(12);

        await page.GetByRole(AriaRole.Searchbox).FillAsync(words);

        await Expect(page.Locator("#count")).ToHaveTextAsync(count);
        await Expect(page.Locator("#empty")).ToHaveTextAsync(count.StartsWith('0') ? "No trace matches." : "");
    }

    [Fact]
    public async Task Everything_can_be_done_with_the_keyboard()
    {
        var page = await OpenExamplesAsync(12);
        var keyboard = page.Keyboard;

        // To the agent's trip that went well, by searching.
        await keyboard.PressAsync("/");
        await Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await keyboard.TypeAsync("platform 3 minster");
        await keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
        await Expect(Traces(page)).ToHaveCountAsync(2);
        await Expect(Title(page)).ToHaveTextAsync("ITripService.PlanAsync");

        // Down to the retriever, closed and opened, and into its details.
        await keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Tree)).ToBeFocusedAsync();
        await keyboard.PressAsync("ArrowDown");
        await keyboard.PressAsync("ArrowDown");
        await Expect(page.Locator(".details h3")).ToHaveTextAsync("IRetriever.SearchAsync");
        await keyboard.PressAsync("ArrowLeft");
        await Expect(Steps(page)).ToHaveCountAsync(9);
        await keyboard.PressAsync("ArrowRight");
        await Expect(Steps(page)).ToHaveCountAsync(10);
        await keyboard.PressAsync("End");
        await Expect(page.Locator(".details h3")).ToHaveTextAsync("IAudit.WriteAsync");
        await keyboard.PressAsync("ArrowLeft");
        await Expect(page.Locator(".details h3")).ToHaveTextAsync("ITripService.PlanAsync");
        await keyboard.PressAsync("Enter");
        await Expect(page.Locator(".details")).ToBeFocusedAsync();

        // Back, and through the list.
        await keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
        await keyboard.PressAsync("End");
        await Expect(Traces(page).Last).ToHaveAttributeAsync("aria-selected", "true");
        await keyboard.PressAsync("k");
        await Expect(Traces(page).First).ToHaveAttributeAsync("aria-selected", "true");
        await keyboard.PressAsync("?");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await keyboard.PressAsync("Escape");
        await Expect(page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        Assert.Empty(_complaints);
    }

    [Theory]
    [InlineData("</script><script>window.ran = true</script>")]
    [InlineData("<img src=x onerror='window.ran = true'>")]
    [InlineData("<!--<script>window.ran = true</script>-->")]
    [InlineData("javascript:window.ran=true")]
    public async Task Markup_in_a_trace_is_text(string text)
    {
        await using var app = NewApplication();
        using (app.Tracer.BeginSession(text, text))
        {
            await app.TraceAsync(text, step =>
            {
                step.Inputs["prompt"] = new[] { new { role = text, content = text } };
                step.Output = new Dictionary<string, string> { [text] = text };
                step.Metadata[text] = text;
                step.RecordException(new InvalidOperationException(text));
                ((ChatCompletionStep)step).Model = text;
            }, StepType.ChatCompletion);
        }

        var page = await OpenAsync();

        await Expect(Title(page)).ToHaveTextAsync(text);
        await Expect(page.Locator(".message").First).ToContainTextAsync(text);
        await Expect(page.Locator(".error")).ToHaveTextAsync(text);
        await Expect(page.Locator(".step .label")).ToHaveTextAsync(text);
        await Expect(Traces(page)).ToContainTextAsync(text);
        Assert.False(await page.EvaluateAsync<bool>("'ran' in window"));
        Assert.Equal(0, await page.Locator("img, script[src]").CountAsync());
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task A_script_that_is_not_the_pages_own_does_not_run()
    {
        await using var app = NewApplication();
        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);
        await System.IO.File.AppendAllTextAsync(File, "<script>window.ran = true</script><img src='http://127.0.0.1:9/x' onerror='window.ran = true'>\n", Token);

        var page = await OpenAsync();

        await Expect(Title(page)).ToHaveTextAsync("trace");
        Assert.False(await page.EvaluateAsync<bool>("'ran' in window"));
        Assert.Equal(["csp"], _failures);
        Assert.Contains(_complaints, static complaint => complaint.Contains("script-src", StringComparison.Ordinal));
        Assert.Contains(_complaints, static complaint => complaint.Contains("img-src", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Five_thousand_traces_have_no_more_elements_than_a_few()
    {
        const int Count = 5_000;
        var page = await OpenExamplesAsync(Count);
        await Expect(page.Locator("#count")).ToContainTextAsync("5,000 traces");
        await Expect(page.Locator("#list [aria-posinset='1']")).ToHaveAttributeAsync("aria-selected", "true");
        await AssertFewElementsAsync(page);

        await page.GetByRole(AriaRole.Listbox).FocusAsync();
        await page.Keyboard.PressAsync("End");
        await Expect(page.Locator("[aria-posinset='5000']")).ToHaveAttributeAsync("aria-selected", "true");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("session-1234");
        await Expect(page.Locator("#count")).ToHaveTextAsync("3 of 5,000 traces");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("");
        await Expect(page.Locator("#count")).ToContainTextAsync("5,000 traces");
        await AssertFewElementsAsync(page);
    }

    [Fact]
    public async Task A_trace_of_ten_thousand_nested_steps_has_no_more_elements_than_a_few()
    {
        const int Depth = 10_000;
        await using var app = NewApplication();
        var scopes = new Stack<StepScope>();
        for (var depth = 0; depth < Depth; depth++)
        {
            scopes.Push(app.Tracer.StartStep($"step {depth}"));
        }

        while (scopes.TryPop(out var scope))
        {
            scope.Dispose();
        }

        await app.Tracer.FlushAsync(Token);
        var page = await OpenAsync();

        await page.GetByRole(AriaRole.Tree).FocusAsync();
        await page.Keyboard.PressAsync("End");

        await Expect(page.Locator(".details h3")).ToHaveTextAsync("step 9999");
        await Expect(page.Locator(".step[aria-selected='true']")).ToHaveAttributeAsync("aria-level", "10000");
        await AssertFewElementsAsync(page);
        Assert.Empty(_complaints);
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1360)]
    [InlineData(ColorScheme.Dark, 1360)]
    [InlineData(ColorScheme.Light, 400)]
    [InlineData(ColorScheme.Dark, 400)]
    public async Task The_page_is_accessible(ColorScheme colours, int width)
    {
        var page = await OpenExamplesAsync(12, colours, width);
        await AssertAccessibleAsync(page);

        // The trace with a failed tool, and its failed step.
        await Traces(page).Nth(6).ClickAsync();
        await AssertAccessibleAsync(page);
        await Steps(page).Nth(7).ClickAsync();
        await AssertAccessibleAsync(page);

        // A step with a conversation, with everything open.
        await Steps(page).Nth(8).ClickAsync();
        await page.EvaluateAsync("document.querySelectorAll('details:not([open]) summary').forEach(summary => summary.click())");
        await AssertAccessibleAsync(page);

        await page.Keyboard.PressAsync("?");
        await AssertAccessibleAsync(page);
        await page.Keyboard.PressAsync("Escape");

        // No trace matches.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("xyzzy");
        await Expect(Traces(page)).ToHaveCountAsync(0);
        await AssertAccessibleAsync(page);
    }

    [Fact]
    public async Task On_a_narrow_screen_a_trace_takes_the_place_of_the_list()
    {
        var page = await OpenExamplesAsync(12, width: 400);
        await Expect(page.Locator("#trace")).ToBeHiddenAsync();

        await Traces(page).Nth(2).ClickAsync();
        await Expect(Title(page)).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Listbox)).ToBeHiddenAsync();
        Assert.Equal(400, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));

        await page.GetByRole(AriaRole.Button, new() { Name = "All traces" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Listbox)).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_address_opens_the_same_step_again()
    {
        var page = await OpenExamplesAsync(12);
        await Traces(page).Nth(6).ClickAsync();
        await Steps(page).Nth(7).ClickAsync();
        await Expect(page.Locator(".details h3")).ToHaveTextAsync("ITools.FindTrainsAsync");

        await page.ReloadAsync();

        await Expect(page.Locator(".details h3")).ToHaveTextAsync("ITools.FindTrainsAsync");
        await Expect(Traces(page).Nth(6)).ToHaveAttributeAsync("aria-selected", "true");
    }

    [Fact]
    public async Task A_value_and_a_trace_can_be_copied()
    {
        var page = await OpenExamplesAsync(12);
        await Steps(page).Nth(3).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy: Parameters" }).ClickAsync();
        Assert.Equal("{\n  \"temperature\": 0.2\n}", await page.EvaluateAsync<string>("navigator.clipboard.readText()"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Copy the trace as JSON" }).ClickAsync();
        Assert.Equal("session-3", await page.EvaluateAsync<string>("navigator.clipboard.readText().then(text => JSON.parse(text).session_id)"));
    }

    [Fact]
    public async Task A_page_cut_off_in_a_trace_shows_the_traces_before_it()
    {
        await using var app = NewApplication();
        app.Trace("whole");
        app.Trace("cut off");
        await app.Tracer.FlushAsync(Token);
        var content = await System.IO.File.ReadAllBytesAsync(File, Token);
        await System.IO.File.WriteAllBytesAsync(File, content[..^40], Token);

        var page = await OpenAsync();

        await Expect(page.Locator("#count")).ToHaveTextAsync("1 trace");
        await Expect(Title(page)).ToHaveTextAsync("whole");
        Assert.Empty(_complaints);
    }

    [Fact]
    public async Task Over_HTTP_new_traces_appear_in_the_open_page()
    {
        var publisher = new HtmlTracePublisher(File);
        await using var app = new TracedApplication(options => options.Publishers.Add(publisher));
        await using var server = await ServeAsync(publisher);
        var page = await NewPageAsync();

        await page.GotoAsync($"{server.Urls.Single()}/openlayer", new() { WaitUntil = WaitUntilState.Commit });
        await Expect(page.Locator("#empty")).ToHaveTextAsync("No traces yet.");
        foreach (var name in new[] { "first", "second" })
        {
            app.Trace(name);
            await app.Tracer.FlushAsync(Token);
            await Expect(Traces(page).Filter(new() { HasText = name })).ToHaveCountAsync(1);
        }

        // The one that was opened stays.
        await Expect(Title(page)).ToHaveTextAsync("first");
        await Expect(page.GetByText("live", new() { Exact = true })).ToBeVisibleAsync();
        Assert.Empty(_complaints);

        // The open page does not delay the application's end.
        await server.StopAsync(Token);
        await Expect(page.GetByText("live", new() { Exact = true })).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_trace_that_arrives_does_not_move_the_list_that_somebody_reads()
    {
        var publisher = new HtmlTracePublisher(File);
        await using var app = new TracedApplication(options => options.Publishers.Add(publisher));
        await ExampleTraces.WriteAsync(app, 60);
        await using var server = await ServeAsync(publisher);
        var page = await NewPageAsync();
        await page.GotoAsync($"{server.Urls.Single()}/openlayer", new() { WaitUntil = WaitUntilState.Commit });
        await Expect(page.Locator("#count")).ToContainTextAsync("60 traces");
        await page.EvaluateAsync("list.scrollTop = 20 * rows.rowHeight");
        var read = page.Locator("#list [aria-posinset='21']");
        await Expect(read).ToBeVisibleAsync();
        var (text, top) = (await read.InnerTextAsync(), (await read.BoundingBoxAsync())!.Y);

        app.Trace("new");
        await app.Tracer.FlushAsync(Token);

        await Expect(page.Locator("#count")).ToContainTextAsync("61 traces");
        var moved = page.Locator("#list [aria-posinset='22']");
        Assert.Equal(text, await moved.InnerTextAsync());
        Assert.Equal(top, (await moved.BoundingBoxAsync())!.Y, 1.0f);
    }

    private static async Task<WebApplication> ServeAsync(HtmlTracePublisher publisher)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        AspNetCoreExample.ServePage(server, publisher);
        await server.StartAsync(Token);
        return server;
    }

    private static ILocator Traces(IPage page) => page.Locator("#list [role=option]");

    private static ILocator Title(IPage page) => page.Locator("#trace h2");

    private static ILocator Steps(IPage page) => page.Locator(".step .label");

    private static async Task AssertFewElementsAsync(IPage page) =>
        Assert.InRange(await page.Locator("*").CountAsync(), 1, MaxElements);

    private static async Task AssertAccessibleAsync(IPage page)
    {
        var result = await page.RunAxe();
        Assert.Empty(result.Violations.Select(static violation => $"{violation.Id}: {string.Join(", ", violation.Nodes.Select(static node => node.Html))}"));
    }

    private TracedApplication NewApplication() => new(options => options.Publishers.Add(new HtmlTracePublisher(File)));

    private async Task<IPage> OpenExamplesAsync(int count, ColorScheme colours = ColorScheme.Light, int width = 1360)
    {
        await using (var app = NewApplication())
        {
            await ExampleTraces.WriteAsync(app, count);
        }

        return await OpenAsync(colours, width);
    }

    private async Task<IPage> OpenAsync(ColorScheme colours = ColorScheme.Light, int width = 1360)
    {
        var page = await NewPageAsync(colours, width);
        await page.GotoAsync(new Uri(File).AbsoluteUri);
        return page;
    }

    private async Task<IPage> NewPageAsync(ColorScheme colours = ColorScheme.Light, int width = 1360)
    {
        var page = await browser.NewPageAsync(colours, width);
        page.Request += (_, request) => _requests.Add(request.Url);
        page.RequestFailed += (_, request) => _failures.Add(request.Failure);
        page.PageError += (_, error) => _complaints.Add(error);
        page.Console += (_, message) => _complaints.Add(message.Text);
        return page;
    }
}
