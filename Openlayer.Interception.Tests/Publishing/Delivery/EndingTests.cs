namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class EndingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancelling_a_flush_ends_the_wait_and_not_the_sending()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromDays(1), server);
        using var impatience = new CancellationTokenSource();

        app.Trace("trace");
        var flush = app.Tracer.FlushAsync(impatience.Token);
        await server.NextAsync();
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        held.SetResult(200);
        await app.Tracer.FlushAsync(Token);

        Assert.Equal((1, 1), (app.Meter.Sent.Count, server.Count));
    }

    [Fact]
    public async Task A_flush_that_stops_waiting_leaves_a_row_the_tries_it_had()
    {
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count <= 3 ? 409 : 200);
        await using var app = new TracedApplication(
            static options =>
            {
                options.BatchDelay = TimeSpan.FromHours(1);
                options.MaxTries = 3;
            },
            server);
        using var impatience = new CancellationTokenSource();

        app.Trace("trace");
        var flush = app.Tracer.FlushAsync(impatience.Token);
        await app.AdvanceUntilAsync(() => server.Count == 2);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        await app.AdvanceUntilAsync(() => app.Meter.Sent.Count + app.Meter.Failed.Count == 1);

        Assert.Equal((1, 0, 4), (app.Meter.Sent.Count, app.Meter.Failed.Count, server.Count));
    }

    [Fact]
    public async Task A_flush_waits_for_what_was_completed_before_it_and_not_for_what_came_after()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.BatchDelay = TimeSpan.FromDays(1), server);

        app.Trace("before");
        var flush = app.Tracer.FlushAsync(Token);
        await server.NextAsync();
        server.Answer = _ => held.Task;
        app.Trace("after");
        await flush;

        var second = app.Tracer.FlushAsync(Token);
        await server.NextAsync();
        Assert.False(second.IsCompleted);
        held.SetResult(200);
        await second;
    }

    [Fact]
    public async Task After_disposal_another_a_flush_a_replay_and_the_end_of_a_trace_throw_nothing_and_the_trace_that_was_open_is_sent_once()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server);

        app.Trace("trace");
        var open = app.Tracer.StartStep("outlives the tracer");
        await app.Tracer.DisposeAsync();
        await app.Tracer.DisposeAsync();
        app.Tracer.Dispose();
        await app.Tracer.FlushAsync(Token);
        open.Dispose();
        await app.Tracer.FlushAsync(Token);
        await app.Tracer.Buffer.ReplayAsync(cancellationToken: Token);

        Assert.Equal((2, 2, 0), (app.Meter.Completed.Count, app.Meter.Sent.Count, app.Meter.Dropped.Count));
    }
}
