using System.Text;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Publishing;

public sealed class JsonLinesTracePublisherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("openlayer-").FullName;

    private string File => Path.Combine(_folder, "traces.jsonl");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_line_is_the_body_of_a_request_and_lines_are_in_the_order_of_completion()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(options => options.Publishers.Add(new JsonLinesTracePublisher(File)), server);

        app.Trace("1");
        await app.Tracer.FlushAsync(Token);
        app.Trace("2");
        await app.Tracer.FlushAsync(Token);

        var bodies = new[] { await server.NextAsync(), await server.NextAsync() }.Select(static request => Encoding.UTF8.GetString(request.Body));
        Assert.Equal(string.Concat(bodies.Select(static body => body + "\n")), await System.IO.File.ReadAllTextAsync(File, Token));
    }

    [Fact]
    public async Task Missing_folders_are_created_and_only_the_owner_can_access_the_file()
    {
        var nested = Path.Combine(_folder, "a", "b", "traces.jsonl");
        await using var app = new TracedApplication(options => options.Publishers.Add(new JsonLinesTracePublisher(nested)));
        Assert.False(Directory.Exists(Path.GetDirectoryName(nested)));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Single(await System.IO.File.ReadAllLinesAsync(nested, Token));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(nested));
        }
    }

    [Fact]
    public async Task Lines_are_appended_and_the_file_can_be_read_while_it_grows()
    {
        await System.IO.File.WriteAllTextAsync(File, "{}\n", Token);
        await using var app = new TracedApplication(options => options.Publishers.Add(new JsonLinesTracePublisher(File)));
        await using var tail = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(tail);
        Assert.Equal("{}", await reader.ReadLineAsync(Token));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.NotNull(await reader.ReadLineAsync(Token));
    }

    [Fact]
    public async Task Publishers_that_share_a_path_do_not_interleave_lines()
    {
        await using var app = new TracedApplication();
        var trace = await app.TraceAsync("root", static step => step.Output = new string('x', 50_000));
        JsonLinesTracePublisher[] publishers =
        [
            .. Enumerable.Range(0, 4).Select(_ => new JsonLinesTracePublisher(File)),
            .. Enumerable.Range(0, 4).Select(_ => new JsonLinesTracePublisher(Path.Combine(_folder, ".", "traces.jsonl"))),
        ];

        await Task.WhenAll(publishers.Select(publisher => Task.Run(async () =>
        {
            for (var round = 0; round < 20; round++)
            {
                await publisher.PublishAsync([trace, trace], Token);
            }
        })));

        var lines = await System.IO.File.ReadAllLinesAsync(File, Token);
        Assert.Equal(320, lines.Length);
        Assert.All(lines, line => Assert.Equal(lines[0], line));
        Assert.Equal("root", JsonElement.Parse(lines[0]).GetProperty("rows")[0].GetProperty("steps")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_captured_value_with_line_breaks_in_its_JSON_stays_on_one_line()
    {
        await using var app = new TracedApplication(options => options.Publishers.Add(new JsonLinesTracePublisher(File)));

        await app.TraceAsync("root", static step => step.SetCapturedOutput(new CapturedJson("{\r\n  \"a\": \"b\\nc\"\r\n}"u8.ToArray())));

        var line = Assert.Single(await System.IO.File.ReadAllLinesAsync(File, Token));
        Assert.Equal("b\nc", JsonElement.Parse(line).GetProperty("rows")[0].GetProperty("output").GetProperty("a").GetString());
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_only_reported()
    {
        Directory.CreateDirectory(File);
        await using var app = new TracedApplication(options => options.Publishers.Add(new JsonLinesTracePublisher(File)));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Contains(nameof(JsonLinesTracePublisher), Assert.Single(app.Log.Messages), StringComparison.Ordinal);
        Assert.Single(app.Published.Traces);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_publisher_requires_a_path(string? path) =>
        Assert.ThrowsAny<ArgumentException>(() => new JsonLinesTracePublisher(path!));
}
