using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class SendingTests
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "pipe-1", "/inference-pipelines/pipe-1/data-stream")]
    [InlineData("/", "pipe-1", "/inference-pipelines/pipe-1/data-stream")]
    [InlineData("/v1", "pipe-1", "/v1/inference-pipelines/pipe-1/data-stream")]
    [InlineData("/proxy/v1/", "pipe-1", "/proxy/v1/inference-pipelines/pipe-1/data-stream")]
    [InlineData("/v1", "a b ?ü", "/v1/inference-pipelines/a%20b%20%3F%C3%BC/data-stream")]
    public async Task The_base_address_keeps_its_path_and_the_pipeline_is_escaped(string path, string pipelineId, string target)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            options =>
            {
                options.BaseUrl = new Uri(server.Address + path);
                options.InferencePipelineId = pipelineId;
            },
            server);

        app.Trace("trace");

        Assert.Equal(target, (await server.NextAsync()).Target);
    }

    [Theory]
    [InlineData(405)]
    [InlineData(500)]
    public async Task An_answer_that_is_no_success_is_reported_by_its_status_alone_and_does_not_hold_back_the_next_trace(int status)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server);
        server.Answer = _ => Task.FromResult(server.Count <= 2 ? status : 200);

        foreach (var prompt in new[] { "the first prompt", "the second prompt", "the third prompt" })
        {
            app.Trace(prompt);
            await app.Tracer.FlushAsync(Token);
        }

        Assert.Equal(3, server.Count);
        Assert.Equal((1, 2), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        var message = Assert.Single(app.Log.Messages, static message => message.Contains("lost", StringComparison.Ordinal));
        Assert.Contains($"status {status}", message, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Log.Messages, static message => message.Contains("prompt", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Messages, static message => message.Contains("test-key", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_reported_and_nothing_is_thrown()
    {
        // Bound, so that no other process gets the port, and not listening.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            options => options.BaseUrl = new UriBuilder(server.Address) { Port = ((IPEndPoint)socket.LocalEndPoint!).Port }.Uri,
            server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Contains("Openlayer could not be reached (ConnectionRefused)", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
        Assert.Single(app.Published.Traces);
    }

    [Fact]
    public async Task A_request_that_takes_longer_than_the_request_timeout_is_given_up()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(static options => options.RequestTimeout = TimeSpan.FromSeconds(5), server);

        app.Trace("trace");
        await server.NextAsync();
        app.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(app.Tracer.FlushAsync(Token).IsCompleted);
        app.Time.Advance(TimeSpan.FromSeconds(1));
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);

        Assert.Contains("OpenlayerOptions.RequestTimeout", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_in_flight_when_the_shutdown_timeout_has_passed_is_given_up()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(static options => options.Publishers.Clear(), server);

        app.Trace("trace");
        await server.NextAsync();
        var disposal = app.Tracer.DisposeAsync().AsTask();
        await app.AdvanceUntilAsync(disposal);

        Assert.Contains("1 completed traces are lost: Openlayer had not acknowledged them", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_the_container_sends_what_waits()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        var app = new TracedApplication(server: server);

        app.Trace("1");
        await server.NextAsync();
        app.Trace("2");
        var disposal = app.DisposeAsync().AsTask();
        held.SetResult(200);
        await disposal.WaitAsync(HungAfter, Token);

        Assert.Equal(2, server.Count);
        Assert.Empty(app.Log.Messages);
    }

    [Theory]
    [InlineData(null, "pipe-1", "Set OpenlayerOptions.ApiKey or OPENLAYER_API_KEY, or set")]
    [InlineData("test-key", null, "Set OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID, or set")]
    [InlineData(
        null,
        null,
        "Set OpenlayerOptions.ApiKey or OPENLAYER_API_KEY, and OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID, or set")]
    public async Task Without_a_key_or_a_pipeline_nothing_is_sent_and_one_warning_says_what_is_missing(string? apiKey, string? pipelineId, string warning)
    {
        await using var server = await OpenlayerServer.StartAsync();
        using var log = new RecordedLog();

        // Not registered in a container, which would look into the environment of the test run.
        var options = new OpenlayerOptions { BaseUrl = new Uri(server.Address), ApiKey = apiKey, InferencePipelineId = pipelineId };
        var published = new InMemoryTracePublisher();
        options.Publishers.Add(published);
        var faults = new InternalLog(log);
        await using var tracer = new OpenlayerTracer(OpenlayerSettings.From(options, static _ => null), faults);

        for (var trace = 0; trace < 3; trace++)
        {
            tracer.StartStep("trace").Dispose();
            await tracer.FlushAsync(Token);
        }

        var message = Assert.Single(log.Messages);
        Assert.StartsWith("Warning: Traces are not sent to Openlayer.", message, StringComparison.Ordinal);
        Assert.Contains(warning, message, StringComparison.Ordinal);
        Assert.DoesNotContain("test-key", message, StringComparison.Ordinal);
        Assert.Equal(0, server.Count);
        Assert.Equal(3, published.Traces.Count);
    }

    [Fact]
    public async Task With_sending_turned_off_nothing_is_sent_and_nothing_warned()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options =>
            {
                options.SendToOpenlayer = false;
                options.ApiKey = null;
            },
            server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(0, server.Count);
        Assert.Empty(app.Log.Messages);
        Assert.Single(app.Published.Traces);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var elsewhere = await OpenlayerServer.StartAsync();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = static _ => Task.FromResult(307);
        server.AnswerHeaders["Location"] = elsewhere.Address;
        await using var app = new TracedApplication(server: server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(0, elsewhere.Count);
        Assert.Contains("status 307. Nothing is sent to Openlayer until this is corrected: OpenlayerOptions.BaseUrl", app.Log.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sending_is_no_part_of_the_applications_own_distributed_traces()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var ports = new ConcurrentBag<object?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => ports.Add(activity.GetTagItem("server.port")),
        };
        ActivitySource.AddActivityListener(listener);
        using var activity = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        await using var app = new TracedApplication(server: server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        var request = await server.NextAsync();
        Assert.False(request.Headers.ContainsKey("traceparent"));
        Assert.DoesNotContain(new Uri(server.Address).Port, ports);
    }
}
