using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Publishing.Buffer;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>Each trace goes to the pipeline that it names.</summary>
public sealed class PipelineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public interface ITenants
    {
        [Trace(InferencePipelineId = "tenant-a")]
        string Ask(string question);

        string Tell(string question);
    }

    public sealed class Tenants(OpenlayerTracer tracer) : ITenants
    {
        public string Ask(string question)
        {
            using var scope = tracer.StartStep("inner", StepType.Tool, inferencePipelineId: "ignored");
            return question;
        }

        public string Tell(string question)
        {
            tracer.CurrentTrace!.InferencePipelineId = question;
            return question;
        }
    }

    [Fact]
    public async Task Rows_of_several_tenants_reach_their_pipelines_in_requests_of_their_own()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var application = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromDays(1), server);
        var tenants = application.Tracer.Intercept<ITenants>(new Tenants(application.Tracer));

        for (var round = 0; round < 3; round++)
        {
            tenants.Ask("q");
            tenants.Tell("tenant-b");
            using (application.Tracer.StartStep("step", inferencePipelineId: " tenant-c "))
            {
                // It counts on the root.
                tenants.Ask("q");
            }

            application.Trace("of the options");
        }

        await application.Tracer.FlushAsync(Token);
        var requests = await server.TakeAllAsync();
        Assert.Equal(
            [("pipe-1", 3), ("tenant-a", 3), ("tenant-b", 3), ("tenant-c", 3)],
            requests.Select(static request => (PipelineOf(request), RowsOf(request).Length)).Order());
    }

    [Fact]
    public async Task Work_that_outlives_a_trace_and_a_second_enumeration_go_to_the_same_pipeline()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var application = new TracedApplication(configure: null, server);
        var work = application.Tracer.Intercept<IWork>(new Work());
        var gate = new TaskCompletionSource();
        var late = Task.CompletedTask;
        string? baggage = null, traceParent = null;

        using (application.Tracer.StartStep("request", inferencePipelineId: "tenant-a"))
        {
            late = Task.Run(
                async () =>
                {
                    await gate.Task;
                    work.Do("late");
                },
                Token);
            (traceParent, baggage) = (application.Tracer.CaptureContext().TraceParent, application.Tracer.CaptureContext().Baggage);
        }

        gate.SetResult();
        await late;
        TraceContext.TryParse(traceParent, baggage, out var context);
        using (application.Tracer.ContinueFrom(context))
        {
            work.Do("remote");
        }

        IAsyncEnumerable<int> stream;
        using (application.Tracer.ContinueFrom(context))
        {
            stream = work.Stream("stream", static () => new[] { 1 }.ToAsyncEnumerable());
        }

        await stream.CountAsync(Token);
        await stream.CountAsync(Token);

        await application.Tracer.FlushAsync(Token);
        Assert.Equal(5, application.Published.Traces.Count);
        Assert.All(await server.TakeAllAsync(), static request => Assert.Equal("tenant-a", PipelineOf(request)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(".")]
    [InlineData(" ..")]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a\r\nb")]
    public async Task An_id_that_is_not_valid_is_logged_with_what_to_do_and_its_row_is_not_sent(string pipelineId)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var application = new TracedApplication(configure: null, server);

        application.Tracer.StartStep("bad", inferencePipelineId: pipelineId).Dispose();
        application.Tracer.StartStep("bad again", inferencePipelineId: pipelineId).Dispose();
        application.Trace("good");
        await application.Tracer.FlushAsync(Token);

        Assert.Equal("good", Assert.Single(RowsOf(await server.NextAsync())).GetProperty("steps")[0].GetProperty("name").GetString());
        Assert.Equal((1, 2, 3), (server.Count, application.Meter.Failed.Count, application.Published.Traces.Count));
        Assert.Contains(
            "The InferencePipelineId of a trace must be the ID of an inference pipeline, as Openlayer shows it",
            Assert.Single(application.Log.Messages),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_pipeline_is_needed_in_the_options_if_every_trace_names_one()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var application = new TracedApplication(static options => options.InferencePipelineId = null, server);

        application.Tracer.StartStep("step", inferencePipelineId: "tenant-a").Dispose();
        await application.Tracer.FlushAsync(Token);

        Assert.Equal("tenant-a", PipelineOf(await server.NextAsync()));
        Assert.Null(application.Tracer.Sink.Openlayer!.GetStatus().Problem);
    }

    [Theory]
    [InlineData(StatusCodes.Status404NotFound)]
    [InlineData(StatusCodes.Status403Forbidden)]
    public async Task A_pipeline_that_is_not_accepted_does_not_hold_up_the_others(int status)
    {
        await using var server = await OpenlayerServer.StartAsync();
        var isCorrected = false;
        server.Answer = request => Task.FromResult(PipelineOf(request) == "gone" && !Volatile.Read(ref isCorrected) ? status : 200);
        await using var application = new TracedApplication(options => (options.MaxTries, options.CircuitBreakDuration) = (6, TimeSpan.FromSeconds(30)), server);

        for (var round = 0; round < 20; round++)
        {
            application.Tracer.StartStep("step", inferencePipelineId: "gone").Dispose();
            application.Tracer.StartStep("step", inferencePipelineId: "tenant-a").Dispose();
            application.Trace("step");
            var sent = (round + 1) * 2;
            await TracedApplication.UntilAsync(() => application.Meter.Sent.Count == sent);
        }

        Assert.Equal(20, application.QueueLength);
        Assert.Contains("does not accept a pipeline", application.Tracer.Sink.Openlayer!.GetStatus().Problem, StringComparison.Ordinal);
        Assert.Single(application.Log.Messages, static message => message.Contains("does not accept the InferencePipelineId", StringComparison.Ordinal));
        var tries = (await server.TakeAllAsync()).Count(static request => PipelineOf(request) == "gone");
        Assert.Equal(1, tries);

        Volatile.Write(ref isCorrected, true);
        await application.AdvanceUntilAsync(() => application.Meter.Sent.Count == 60);
        Assert.Null(application.Tracer.Sink.Openlayer!.GetStatus().Problem);
    }

    [Fact]
    public async Task A_flush_tries_a_pipeline_that_is_not_accepted_until_its_tries_are_used_up()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static request => Task.FromResult(PipelineOf(request) == "gone" ? 404 : 200);
        await using var application = new TracedApplication(static options => options.MaxTries = 3, server);

        application.Tracer.StartStep("step", inferencePipelineId: "gone").Dispose();
        application.Trace("step");
        await application.AdvanceUntilAsync(application.Tracer.FlushAsync(Token));

        Assert.Equal((1, 1, 0), (application.Meter.Sent.Count, application.Meter.Failed.Count, application.QueueLength));
        Assert.InRange((await server.TakeAllAsync()).Count(static request => PipelineOf(request) == "gone"), 3, 4);
    }

    [Theory]
    [InlineData("pipe-1")]
    [InlineData(null)]
    public async Task Buffered_rows_reach_their_pipelines_from_the_next_process(string? pipelineOfOptions)
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(503);
        await using (var application = Buffering(server, pipelineOfOptions))
        {
            application.Tracer.StartStep("step", inferencePipelineId: "tenant-a").Dispose();
            application.Tracer.StartStep("step", inferencePipelineId: "tenant-b").Dispose();
            application.Tracer.StartStep("step", inferencePipelineId: pipelineOfOptions ?? "tenant-c").Dispose();
            await application.Tracer.FlushAsync(Token);
            Assert.Equal(3, (await application.Tracer.Buffer.GetStatusAsync(Token)).Count);
        }

        server.Answer = static _ => Task.FromResult(200);
        await server.TakeAllAsync();
        await using var stranger = Buffering(server, "pipe-2");
        await using var sameHostOtherKey = Buffering(server, null, "other-key");
        await ReplayAsync(stranger);
        await ReplayAsync(sameHostOtherKey);
        Assert.Equal(3, _folder.Rows.Length);
        await using var next = Buffering(server, pipelineOfOptions);
        await ReplayAsync(next);

        Assert.Empty(_folder.Rows);
        Assert.Equal(
            new[] { pipelineOfOptions ?? "tenant-c", "tenant-a", "tenant-b" }.Order(StringComparer.Ordinal),
            (await server.TakeAllAsync()).Select(PipelineOf).Order(StringComparer.Ordinal));
    }

    // A pass of the application's own may be running, which the clock waits for.
    private static Task ReplayAsync(TracedApplication application) =>
        application.AdvanceUntilAsync(application.Tracer.Buffer.ReplayAsync(cancellationToken: Token));

    private TracedApplication Buffering(OpenlayerServer server, string? pipelineId, string key = "test-key") => new(
        options =>
        {
            options.InferencePipelineId = pipelineId;
            options.ApiKey = key;
            options.OfflineBuffer.Enabled = true;
            options.OfflineBuffer.Path = _folder.Path;
        },
        server);

    private static string PipelineOf(ReceivedRequest request) => request.Target.Split('/')[^2];

    private static JsonElement[] RowsOf(ReceivedRequest request) => [.. request.Json.GetProperty("rows").EnumerateArray()];
}
