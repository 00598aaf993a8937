using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Publishing.Html;

namespace Openlayer.Interception.Tests.Publishing;

public sealed class HtmlTracePublisherTests : IDisposable
{
    private const string LineBeginning = "<script type=\"application/json\">";
    private const string LineEnd = "</script>\n";

    private static readonly string Beginning = Encoding.UTF8.GetString(TracePage.Beginning.Span);

    private readonly string _folder = Directory.CreateTempSubdirectory("openlayer-").FullName;

    private string File => Path.Combine(_folder, "traces.html");

    private string Previous => Path.Combine(_folder, "traces.1.html");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_is_the_row_of_a_trace_and_lines_are_in_the_order_of_completion()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)), server);

        app.Trace("1");
        await app.Tracer.FlushAsync(Token);
        app.Trace("2");
        await app.Tracer.FlushAsync(Token);

        var sent = new[] { await server.NextAsync(), await server.NextAsync() }.Select(static request => request.Json.GetProperty("rows")[0].GetRawText());
        Assert.Equal(sent, Rows(File).Select(static row => row.GetRawText()));
    }

    [Theory]
    [InlineData("</script><script>alert(1)</script>")]
    [InlineData("<!--<script>")]
    [InlineData("</SCRIPT\t>")]
    [InlineData("<![CDATA[ ]]> -->")]
    [InlineData("a < b && c > d \u2028 \" ' \\ \0")]
    public async Task No_text_in_a_trace_is_markup(string text)
    {
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)));

        await app.TraceAsync(text, step =>
        {
            step.Inputs[text] = text;
            step.Output = new Dictionary<string, object> { [text] = text };
            step.Trace.UserId = text;
        });

        var row = Assert.Single(Rows(File));
        Assert.Equal(text, row.GetProperty("steps")[0].GetProperty("name").GetString());
        Assert.Equal(text, row.GetProperty("output").GetProperty(text).GetString());
        Assert.Equal(text, row.GetProperty("user_id").GetString());
    }

    [Fact]
    public async Task A_captured_value_with_line_breaks_in_its_JSON_stays_on_one_line()
    {
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)));

        await app.TraceAsync("root", static step => step.SetCapturedOutput(new CapturedJson("{\r\n  \"a\": \"b\\nc\"\r\n}"u8.ToArray())));

        Assert.Equal("b\nc", Assert.Single(Rows(File)).GetProperty("output").GetProperty("a").GetString());
    }

    [Fact]
    public async Task Missing_folders_are_created_and_only_the_owner_can_access_the_page()
    {
        var nested = Path.Combine(_folder, "a", "b", "traces.html");
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(nested)));
        Assert.False(Directory.Exists(Path.GetDirectoryName(nested)));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal([nested], Directory.GetFiles(Path.GetDirectoryName(nested)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(nested));
        }
    }

    [Fact]
    public void In_a_folder_the_page_has_the_default_name()
    {
        Assert.Equal(File, new HtmlTracePublisher(_folder).FilePath);
        Assert.Equal(Path.Combine(_folder, "new", "traces.html"), new HtmlTracePublisher(Path.Combine(_folder, "new") + Path.DirectorySeparatorChar).FilePath);
        Assert.Equal(Path.GetFullPath("page.html"), new HtmlTracePublisher("page.html").FilePath);
    }

    [Fact]
    public async Task Traces_are_appended_to_the_page_of_an_earlier_process()
    {
        await PublishAsync("1");
        await PublishAsync("2", "3");

        Assert.Equal(["1", "2", "3"], Names(File));
    }

    [Fact]
    public async Task A_page_that_a_process_was_killed_in_the_middle_of_writing_loses_only_the_trace_being_written()
    {
        await PublishAsync("1", "2");
        var complete = await System.IO.File.ReadAllBytesAsync(File, Token);
        var lastLine = complete.AsSpan(0, complete.Length - 1).LastIndexOf((byte)'\n') + 1;

        for (var length = lastLine + 1; length < complete.Length; length++)
        {
            await System.IO.File.WriteAllBytesAsync(File, complete[..length], Token);
            await PublishAsync("3");
            Assert.Equal(["1", "3"], Names(File));
        }
    }

    [Fact]
    public async Task A_cut_off_trace_that_is_larger_than_a_block_is_removed()
    {
        await PublishAsync("1");
        await System.IO.File.AppendAllTextAsync(File, LineBeginning + new string('x', 300_000), Token);

        await PublishAsync("2");

        Assert.Equal(["1", "2"], Names(File));
    }

    [Fact]
    public async Task A_page_that_is_full_is_renamed_and_the_next_begins()
    {
        await using var app = new TracedApplication();
        var traces = await FiveTracesAsync(app);
        var lineLength = TracePage.LineOf(traces[0]).Length;
        var publisher = new HtmlTracePublisher(File, TracePage.Beginning.Length + 2 * lineLength);

        await publisher.PublishAsync(traces[..3], Token);
        Assert.Equal(["1", "2"], Names(Previous));
        Assert.Equal(["3"], Names(File));

        await publisher.PublishAsync(traces[3..], Token);
        Assert.Equal(["3", "4"], Names(Previous));
        Assert.Equal(["5"], Names(File));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public async Task A_trace_that_is_larger_than_the_bound_gets_a_page_of_its_own()
    {
        await using var app = new TracedApplication();
        var large = await app.TraceAsync("large", static step => step.Output = new string('x', 1000));

        await new HtmlTracePublisher(File, maxFileBytes: 1).PublishAsync([large, large], Token);

        Assert.Equal(["large"], Names(Previous));
        Assert.Equal(["large"], Names(File));
    }

    [Fact]
    public async Task The_page_of_another_version_is_kept_under_the_name_of_the_previous()
    {
        var other = Encoding.UTF8.GetString(TracePage.Marker) + "another version";
        await System.IO.File.WriteAllTextAsync(File, other, Token);

        await PublishAsync("1");

        Assert.Equal(other, await System.IO.File.ReadAllTextAsync(Previous, Token));
        Assert.Equal(["1"], Names(File));
    }

    [Fact]
    public async Task A_file_that_is_not_a_page_of_traces_is_left_as_it_is_and_only_reported()
    {
        await System.IO.File.WriteAllTextAsync(File, "<!doctype html>\n<p>My page", Token);
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal("<!doctype html>\n<p>My page", await System.IO.File.ReadAllTextAsync(File, Token));
        Assert.Contains(nameof(HtmlTracePublisher), Assert.Single(app.Log.Messages), StringComparison.Ordinal);
        Assert.Single(app.Published.Traces);
    }

    [Fact]
    public async Task An_empty_file_and_a_deleted_page_are_begun_anew()
    {
        await System.IO.File.WriteAllTextAsync(File, "", Token);
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)));
        app.Trace("1");
        await app.Tracer.FlushAsync(Token);
        Assert.Equal(["1"], Names(File));

        System.IO.File.Delete(File);
        app.Trace("2");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(["2"], Names(File));
    }

    [Fact]
    public async Task Publishers_that_share_a_path_do_not_interleave_lines()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", static step => step.Output = new string('x', 50_000));
        HtmlTracePublisher[] publishers =
        [
            .. Enumerable.Range(0, 4).Select(_ => new HtmlTracePublisher(File)),
            .. Enumerable.Range(0, 4).Select(_ => new HtmlTracePublisher(Path.Combine(_folder, ".", "traces.html"))),
        ];

        await Task.WhenAll(publishers.Select(publisher => Task.Run(async () =>
        {
            for (var round = 0; round < 10; round++)
            {
                await publisher.PublishAsync([trace, trace], Token);
            }
        })));

        Assert.Equal(160, Names(File).Length);
    }

    [Fact]
    public async Task A_follower_gets_the_page_and_then_each_trace_as_it_is_published_also_into_the_next_page()
    {
        await using var app = new TracedApplication();
        var traces = await FiveTracesAsync(app);
        var publisher = new HtmlTracePublisher(File, TracePage.Beginning.Length + 2 * TracePage.LineOf(traces[0]).Length);
        await publisher.PublishAsync(traces[..1], Token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var pipe = new Pipe();
        await using var destination = pipe.Writer.AsStream();
        var following = publisher.FollowAsync(destination, stop.Token);
        using var reader = new StreamReader(pipe.Reader.AsStream());

        var beginning = new char[Beginning.Length];
        await reader.ReadBlockAsync(beginning, Token);
        Assert.Equal(Beginning, new string(beginning));
        Assert.Equal("1", NameOf((await reader.ReadLineAsync(Token))!));
        foreach (var trace in traces[1..])
        {
            await publisher.PublishAsync([trace], Token);
            Assert.Equal(trace.Root.Name, NameOf((await reader.ReadLineAsync(Token))!));
        }

        await stop.CancelAsync();
        await following;
    }

    [Fact]
    public async Task A_follower_of_a_page_that_does_not_exist_yet_gets_an_empty_one()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var pipe = new Pipe();
        await using var destination = pipe.Writer.AsStream();
        var following = new HtmlTracePublisher(File).FollowAsync(destination, stop.Token);
        using var reader = new StreamReader(pipe.Reader.AsStream());

        var beginning = new char[Beginning.Length];
        await reader.ReadBlockAsync(beginning, Token);

        Assert.Equal(Beginning, new string(beginning));
        await stop.CancelAsync();
        await following;
    }

    [Fact]
    public async Task A_follower_that_does_not_read_holds_up_nothing()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", static step => step.Output = new string('x', 50_000));
        var publisher = new HtmlTracePublisher(File);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1));
        await using var destination = pipe.Writer.AsStream();
        var following = publisher.FollowAsync(destination, stop.Token);

        for (var round = 0; round < 20; round++)
        {
            await publisher.PublishAsync([trace], Token);
        }

        Assert.Equal(20, Names(File).Length);
        await stop.CancelAsync();
        await following;
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_publisher_requires_a_path(string? path) => Assert.ThrowsAny<ArgumentException>(() => new HtmlTracePublisher(path!));

    [Fact]
    public void A_page_has_room_for_at_least_a_byte() => Assert.Throws<ArgumentOutOfRangeException>(() => new HtmlTracePublisher(File, 0));

    /// <summary>Traces whose lines have the same length, named by their numbers.</summary>
    private static async Task<List<OpenlayerTrace>> FiveTracesAsync(TracedApplication app)
    {
        var traces = new List<OpenlayerTrace>();
        foreach (var name in new[] { "1", "2", "3", "4", "5" })
        {
            traces.Add(await app.TraceAsync(name, static step => step.Output = new string('x', 1000)));
        }

        return traces;
    }

    private static JsonElement[] Rows(string file)
    {
        var page = System.IO.File.ReadAllText(file);
        Assert.StartsWith(Beginning, page, StringComparison.Ordinal);
        return [.. page[Beginning.Length..].Split('\n')[..^1].Select(RowOf)];
    }

    private static JsonElement RowOf(string line)
    {
        Assert.StartsWith(LineBeginning, line, StringComparison.Ordinal);
        Assert.EndsWith(LineEnd[..^1], line, StringComparison.Ordinal);
        var row = line[LineBeginning.Length..^(LineEnd.Length - 1)];
        Assert.DoesNotContain('<', row);
        return JsonSerializer.Deserialize<JsonElement>(row);
    }

    private static string? NameOf(string line) => RowOf(line).GetProperty("steps")[0].GetProperty("name").GetString();

    private static string?[] Names(string file) => [.. Rows(file).Select(static row => row.GetProperty("steps")[0].GetProperty("name").GetString())];

    private async Task PublishAsync(params string[] names)
    {
        await using var app = new TracedApplication(options => options.Publishers.Add(new HtmlTracePublisher(File)));
        foreach (var name in names)
        {
            app.Trace(name);
        }

        await app.Tracer.FlushAsync(Token);
    }
}
