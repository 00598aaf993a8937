using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Samples;

/// <summary>Runs the built sample as a process, in its own folder.</summary>
[Trait("Clock", "Real")]
public sealed class QuickStartTests : IDisposable
{
    private static readonly string Program = Repository.PathOf("QuickStart");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("quickstart");

    private string TracesFile => Path.Combine(_folder.FullName, "traces.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("What happens to a stream that is left early?")]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("xyzzy plugh")]
    [InlineData("\"quoted\" 'quoted' `quoted` \\ {} $HOME %PATH%")]
    [InlineData("流が途中で終わると、どうなりますか。 Что такое трасса? ما هو التتبع؟ 🧵")]
    [InlineData("two\nlines\tand\ta tab")]
    public async Task Any_question_is_answered_with_one_trace(string question) => await AssertIsOneTrace(question);

    [Fact]
    public async Task A_very_long_question_is_answered_with_one_trace() => await AssertIsOneTrace(new string('s', 60_000) + " stream");

    [Fact]
    public async Task Without_a_question_it_uses_a_default_one()
    {
        var run = await FinishAsync(Start([]));

        Assert.Equal(0, run.ExitCode);
        Assert.False(string.IsNullOrEmpty(SingleRoot().GetProperty("inputs").GetProperty("question").GetString()));
    }

    [Fact]
    public async Task A_refused_key_is_said_on_stderr_and_is_one_trace()
    {
        await using var server = await ServeAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return context.Response.WriteAsync("""{"error":{"message":"The key is not known.","type":"invalid_request_error"}}""");
        });

        var run = await FinishAsync(Start(["anything"], OpenAIAt(server)));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The key is not known.", run.Error, StringComparison.Ordinal);
        Assert.Contains("IAnswerService.AnswerAsync", run.Output, StringComparison.Ordinal);
        Assert.Contains("The key is not known.", SingleRoot().GetProperty("metadata").GetProperty("Exceptions").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_early_yields_one_trace_with_the_answer_so_far()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no command that sends Ctrl+C to another process.");
        IgnoredSignals.SkipTestOf("INT");
        await using var server = await ServeAsync(static async context =>
        {
            await context.Response.WriteAsync("""data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":""");
            await context.Response.WriteAsync("""[{"index":0,"delta":{"role":"assistant","content":"So far"}}]}""" + "\n\n");
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
        });
        using var process = Start(["anything"], OpenAIAt(server));
        var answer = new char["So far".Length];
        await process.StandardOutput.ReadBlockAsync(answer, TestContext.Current.CancellationToken);

        using var interrupt = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        var run = await FinishAsync(process);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("So far", new string(answer));
        Assert.Equal("So far", SingleRoot().GetProperty("output").GetString());
    }

    [Fact]
    public async Task With_its_two_settings_the_trace_is_sent_to_Openlayer()
    {
        var requests = new ConcurrentQueue<(string Path, string Body)>();
        await using var server = await ServeAsync(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            requests.Enqueue((context.Request.Path, await body.ReadToEndAsync(context.RequestAborted)));
        });

        var run = await FinishAsync(Start([], OpenlayerAt(server)));

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("pipeline-1", run.Output, StringComparison.Ordinal);
        var request = Assert.Single(requests);
        Assert.Equal("/v1/inference-pipelines/pipeline-1/data-stream", request.Path);
        Assert.Equal(Assert.Single(File.ReadAllLines(TracesFile)), request.Body);
    }

    [Fact]
    public async Task A_trace_that_Openlayer_refuses_is_said_on_stderr()
    {
        await using var server = await ServeAsync(static context =>
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });

        var run = await FinishAsync(Start([], OpenlayerAt(server)));

        Assert.Contains("401", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
        SingleRoot();
    }

    private async Task AssertIsOneTrace(string question)
    {
        var run = await FinishAsync(Start([question]));

        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
        var root = SingleRoot();
        var steps = root.GetProperty("steps").EnumerateArray().ToArray();
        Assert.Equal("IAnswerService.AnswerAsync", root.GetProperty("name").GetString());
        Assert.Equal(question, root.GetProperty("inputs").GetProperty("question").GetString());
        Assert.Equal(["retriever", "chat_completion"], steps.Select(static step => step.GetProperty("type").GetString()));
        Assert.Equal("IRetriever.Retrieve", steps[0].GetProperty("name").GetString());

        var answer = root.GetProperty("output").GetString()!;
        Assert.NotEqual("", answer);
        Assert.StartsWith(answer, run.Output, StringComparison.Ordinal);
        Assert.Equal(answer, steps[1].GetProperty("output").GetString());
        Assert.True(steps[1].GetProperty("completionTokens").GetInt32() > 0);
        Assert.All(steps, step =>
        {
            Assert.InRange(step.GetProperty("startTime").GetDouble(), root.GetProperty("startTime").GetDouble(), double.MaxValue);
            Assert.InRange(step.GetProperty("endTime").GetDouble(), step.GetProperty("startTime").GetDouble(), root.GetProperty("endTime").GetDouble());
        });

        var tree = run.Output[answer.Length..];
        var places = new[] { "IAnswerService.AnswerAsync", "IRetriever.Retrieve", steps[1].GetProperty("name").GetString()!, "traces.jsonl" }
            .Select(name => tree.IndexOf(name, StringComparison.Ordinal)).ToArray();
        Assert.Contains(Path.Combine(_folder.FullName, "traces.html"), tree, StringComparison.Ordinal);
        Assert.Single(File.ReadLines(Path.Combine(_folder.FullName, "traces.html")), static line => line.StartsWith("<script type=\"application/json\">", StringComparison.Ordinal));
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    private Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Program, .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("OPEN", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static (string Name, string Value)[] OpenAIAt(WebApplication server) =>
        [("OPENAI_API_KEY", "a key"), ("OPENAI_BASE_URL", $"{server.Urls.Single()}/v1")];

    private static (string Name, string Value)[] OpenlayerAt(WebApplication server) =>
    [
        ("OPENLAYER_API_KEY", "a key"),
        ("OPENLAYER_INFERENCE_PIPELINE_ID", "pipeline-1"),
        ("OPENLAYER_BASE_URL", $"{server.Urls.Single()}/v1"),
    ];

    private static async Task<Run> FinishAsync(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return new Run(process.ExitCode, await output, await error);
        }
    }

    private static async Task<WebApplication> ServeAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, port: 0));
        var server = builder.Build();
        server.Run(handle);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private JsonElement SingleRoot()
    {
        var line = Assert.Single(File.ReadAllLines(TracesFile));
        var row = Assert.Single(JsonElement.Parse(line).GetProperty("rows").EnumerateArray());
        return Assert.Single(row.GetProperty("steps").EnumerateArray());
    }

    private sealed record Run(int ExitCode, string Output, string Error);
}
