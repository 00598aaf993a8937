using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Openlayer.Interception.Tests.Publishing;

public sealed class PublisherQueueTests
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan BlockedFor = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_publisher_that_blocks_or_throws_does_not_affect_calls_or_other_publishers()
    {
        using var release = new ManualResetEventSlim();
        var gated = new GatedPublisher();
        var blocked = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.Publishers.Insert(0, new Publisher((_, _) => throw new InvalidOperationException("no secrets in here")));
            options.Publishers.Insert(
                1,
                new Publisher((_, _) => release.Wait(BlockedFor, CancellationToken.None) ? default : throw new TimeoutException()));
            options.Publishers.Insert(2, blocked);
            options.Publishers.Add(gated);
        });

        app.Trace("one");
        var first = await gated.NextAsync();
        first.Gate.SetResult();
        var held = await blocked.NextAsync();
        app.Trace("two");
        var second = await gated.NextAsync();
        second.Gate.SetResult();

        Assert.Equal(["one"], first.Names);
        Assert.Equal(["two"], second.Names);
        Assert.Equal(["one"], held.Names);
        Assert.False(blocked.HasNext);

        held.Gate.SetResult();
        (await blocked.NextAsync()).Gate.SetResult();
        release.Set();
        await app.DisposeAsync();

        // The blocked publisher was released in time, so no wait timed out.
        Assert.DoesNotContain(app.Log.Messages, static message => message.Contains(nameof(TimeoutException), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failing_publisher_is_logged_once_per_cause_without_its_message_and_counted_each_time()
    {
        await using var app = new TracedApplication(static options =>
            options.Publishers.Add(new Publisher(static (_, _) => throw new InvalidOperationException("a prompt"))));

        for (var trace = 0; trace < 3; trace++)
        {
            app.Trace("trace");
            await app.Tracer.FlushAsync(Token);
        }

        var message = Assert.Single(app.Log.Messages);
        Assert.Contains(nameof(InvalidOperationException), message, StringComparison.Ordinal);
        Assert.DoesNotContain("a prompt", message, StringComparison.Ordinal);
        Assert.Equal(3, app.Published.Traces.Count);
    }

    [Fact]
    public async Task A_publisher_receives_traces_in_the_order_of_completion_one_call_at_a_time()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options => options.Publishers.Add(gated));

        app.Trace("1");
        var first = await gated.NextAsync();
        app.Trace("2");
        app.Trace("3");
        Assert.False(gated.HasNext);
        first.Gate.SetResult();
        var second = await gated.NextAsync();
        second.Gate.SetResult();

        Assert.Equal(["1"], first.Names);
        Assert.Equal(["2", "3"], second.Names);
    }

    [Fact]
    public async Task A_full_queue_drops_the_oldest_trace_and_logs_the_count_at_most_once_a_minute()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.MaxQueueLength = 2;
            options.Publishers.Clear();
            options.Publishers.Add(gated);
        });

        app.Trace("in hand");
        var inHand = await gated.NextAsync();
        foreach (var name in new[] { "1", "2", "3", "4", "5" })
        {
            app.Trace(name);
        }

        Assert.Contains("Warning: 1 completed traces are lost: the queue of GatedPublisher was full", await app.Log.NextAsync(), StringComparison.Ordinal);
        app.Time.Advance(TimeSpan.FromMinutes(1));
        app.Trace("6");
        Assert.Contains("Warning: 3 completed traces are lost: the queue of GatedPublisher was full", await app.Log.NextAsync(), StringComparison.Ordinal);

        app.Trace("7");
        inHand.Gate.SetResult();
        var last = await gated.NextAsync();
        Assert.Equal(["6", "7"], last.Names);
        last.Gate.SetResult();

        await app.DisposeAsync();
        Assert.Contains("Warning: 1 completed traces are lost: the queue of GatedPublisher was full", await app.Log.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(3, app.Log.Messages.Count);
    }

    [Fact]
    public async Task A_logger_that_blocks_on_a_drop_does_not_block_the_call()
    {
        using var loggers = new BlockedLog();
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.LoggerFactory = loggers;
            options.MaxQueueLength = 1;
            options.Publishers.Add(gated);
        });

        app.Trace("in hand");
        var inHand = await gated.NextAsync();
        app.Trace("dropped");
        app.Trace("kept");
        await loggers.Entered.Task.WaitAsync(HungAfter, Token);

        Assert.False(loggers.WasWaitedFor);
        loggers.Release.Set();
        inHand.Gate.SetResult();
        var kept = await gated.NextAsync();
        kept.Gate.SetResult();
        Assert.Equal(["kept"], kept.Names);
    }

    [Fact]
    public async Task A_flush_waits_for_traces_accepted_before_it_and_not_for_later_ones()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options => options.Publishers.Add(gated));

        app.Trace("before");
        var before = await gated.NextAsync();
        var flush = app.Tracer.FlushAsync(Token);
        app.Trace("after");
        Assert.False(flush.IsCompleted);
        before.Gate.SetResult();
        await flush.WaitAsync(HungAfter, Token);

        var after = await gated.NextAsync();
        Assert.False(app.Tracer.FlushAsync(Token).IsCompleted);
        after.Gate.SetResult();
    }

    [Fact]
    public async Task A_flush_does_not_complete_early_if_newer_traces_displace_older_ones()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.MaxQueueLength = 1;
            options.Publishers.Add(gated);
        });

        app.Trace("in hand");
        var inHand = await gated.NextAsync();
        app.Trace("pushed out");
        var flush = app.Tracer.FlushAsync(Token);
        app.Trace("pushed out too");
        app.Trace("kept");
        Assert.False(flush.IsCompleted);

        inHand.Gate.SetResult();
        (await gated.NextAsync()).Gate.SetResult();
        await flush.WaitAsync(HungAfter, Token);
    }

    [Fact]
    public async Task Cancelling_a_flush_ends_the_wait_but_not_publishing()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options => options.Publishers.Add(gated));
        using var impatience = new CancellationTokenSource();

        app.Trace("trace");
        var call = await gated.NextAsync();
        var flush = app.Tracer.FlushAsync(impatience.Token);
        await impatience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        Assert.False(call.Token.IsCancellationRequested);
        call.Gate.SetResult();
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
    }

    [Fact]
    public async Task Disposing_publishes_queued_traces_and_can_be_repeated()
    {
        var gated = new GatedPublisher();
        var app = new TracedApplication(options => options.Publishers.Add(gated));

        app.Trace("1");
        var first = await gated.NextAsync();
        app.Trace("2");
        var disposal = app.Tracer.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        first.Gate.SetResult();
        var second = await gated.NextAsync();
        second.Gate.SetResult();
        await disposal.WaitAsync(HungAfter, Token);

        Assert.Equal(["2"], second.Names);
        Assert.False(second.Token.IsCancellationRequested);
        await app.DisposeAsync();
        app.Tracer.Dispose();
        await app.Tracer.FlushAsync(Token);
        Assert.Empty(app.Log.Messages);
    }

    [Fact]
    public async Task Disposing_cancels_the_publisher_after_the_shutdown_timeout_and_logs_the_remaining_traces()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.ShutdownTimeout = TimeSpan.FromSeconds(7);
            options.Publishers.Clear();
            options.Publishers.Add(gated);
        });

        app.Trace("in hand");
        var call = await gated.NextAsync();
        app.Trace("waiting");
        app.Trace("waiting too");
        var flush = app.Tracer.FlushAsync(Token);
        var disposal = app.Tracer.DisposeAsync().AsTask();
        app.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.False(disposal.IsCompleted);
        app.Time.Advance(TimeSpan.FromSeconds(1));

        // The publisher ignores its cancellation token.
        await disposal.WaitAsync(HungAfter, Token);
        await flush.WaitAsync(HungAfter, Token);
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
        Assert.Contains("Warning: 3 completed traces are lost: GatedPublisher did not publish them within 00:00:07", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
        var cancelled = new TaskCompletionSource();
        await using (call.Token.Register(cancelled.SetResult))
        {
            await cancelled.Task.WaitAsync(HungAfter, Token);
        }

        call.Gate.SetException(new InvalidOperationException("too late to matter"));
    }

    [Fact]
    public async Task A_trace_completed_after_disposal_is_dropped_and_logged_for_each_publisher()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Publishers.Add(new InMemoryTracePublisher());
        options.Publishers.Add(new InMemoryTracePublisher());
        using var log = new RecordedLog();
        var tracer = new OpenlayerTracer(options, log);
        await using var other = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false });
        var scope = other.StartStep("outlives the tracer");
        var trace = other.CurrentTrace!;
        scope.Dispose();

        await tracer.DisposeAsync();
        tracer.Sink.Accept(trace);
        await tracer.FlushAsync(Token);

        Assert.StartsWith("Warning: 1 completed traces are lost", await log.NextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("Warning: 1 completed traces are lost", await log.NextAsync(), StringComparison.Ordinal);
        Assert.All(options.Publishers.Cast<InMemoryTracePublisher>(), static publisher => Assert.Empty(publisher.Traces));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publisher_that_flushes_does_not_wait_for_itself(bool isAnotherFlushing)
    {
        TracedApplication? app = null;
        var published = new List<string>();
        await using var server = await OpenlayerServer.StartAsync();
        async ValueTask FlushAndPublishAsync(IReadOnlyList<OpenlayerTrace> traces)
        {
            await Task.Yield();
            await app!.Tracer.FlushAsync(Token);
            lock (published)
            {
                published.AddRange(traces.Select(static trace => trace.Root.Name));
            }
        }

        app = new TracedApplication(
            options =>
            {
                options.Publishers.Add(new Publisher((traces, _) => FlushAndPublishAsync(traces)));
                if (isAnotherFlushing)
                {
                    options.Publishers.Add(new Publisher((traces, _) => FlushAndPublishAsync(traces)));
                }
            },
            server);

        app.Trace("one");
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
        app.Trace("two");
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
        await app.DisposeAsync();

        Assert.Equal(isAnotherFlushing ? ["one", "one", "two", "two"] : ["one", "two"], published.Order());
        Assert.Equal(2, server.Count);
        Assert.Empty(app.Log.Messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publisher_that_disposes_the_tracer_does_not_wait_for_itself_and_has_published(bool isAsynchronous)
    {
        TracedApplication? app = null;
        var published = new List<string>();
        await using var server = await OpenlayerServer.StartAsync();
        async ValueTask DisposeAndPublishAsync(IReadOnlyList<OpenlayerTrace> traces)
        {
            if (isAsynchronous)
            {
                await app!.Tracer.DisposeAsync();
            }
            else
            {
                app!.Tracer.Dispose();
            }

            published.AddRange(traces.Select(static trace => trace.Root.Name));
        }

        app = new TracedApplication(options => options.Publishers.Add(new Publisher((traces, _) => DisposeAndPublishAsync(traces))), server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token).WaitAsync(HungAfter, Token);
        await app.DisposeAsync().AsTask().WaitAsync(HungAfter, Token);

        Assert.Equal(["trace"], published);
        Assert.Equal(["trace"], app.Published.Traces.Select(static trace => trace.Root.Name));
        Assert.Equal(1, server.Count);
        Assert.Empty(app.Log.Messages);
    }

    [Fact]
    public async Task Background_work_of_a_publisher_waits_for_a_flush_like_any_caller()
    {
        var gated = new GatedPublisher();
        TracedApplication? app = null;
        var hasReturned = new TaskCompletionSource();
        Task<bool>? left = null;
        async Task<bool> FlushLaterAsync()
        {
            await hasReturned.Task;
            return app!.Tracer.FlushAsync(Token).IsCompleted;
        }

        app = new TracedApplication(options =>
        {
            options.Publishers.Add(new Publisher((_, _) =>
            {
                left ??= FlushLaterAsync();
                return default;
            }));
            options.Publishers.Add(gated);
        });

        app.Trace("one");
        (await gated.NextAsync()).Gate.SetResult();
        await app.Tracer.FlushAsync(Token);
        app.Trace("two");
        var held = await gated.NextAsync();
        hasReturned.SetResult();

        Assert.False(await left!);
        held.Gate.SetResult();
        await app.DisposeAsync();
    }

    [Fact]
    public async Task Queued_traces_are_bounded_by_bytes_and_the_oldest_are_dropped()
    {
        var gated = new GatedPublisher();
        await using var app = new TracedApplication(options =>
        {
            options.MaxQueueBytes = 1_000_000;
            options.Publishers.Add(gated);
        });

        app.Trace("in the publisher");
        var first = await gated.NextAsync();
        foreach (var name in new[] { "1", "2", "3", "4" })
        {
            Complete(name, 200_000);
        }

        first.Gate.SetResult();

        // Batches of an eighth of the limit: traces in the publisher do not count towards the queue.
        foreach (var name in new[] { "3", "4" })
        {
            var call = await gated.NextAsync();
            Assert.Equal([name], call.Names);
            call.Gate.SetResult();
        }

        await app.Tracer.FlushAsync(Token);
        Complete("larger than the bound", 2_000_000);
        var last = await gated.NextAsync();
        Assert.Equal(["larger than the bound"], last.Names);
        last.Gate.SetResult();

        void Complete(string name, int length)
        {
            using var scope = app.Tracer.StartStep(name);
            for (var part = 0; part < length; part += 100_000)
            {
                scope.Step.Metadata[$"{part}"] = new string('x', 100_000);
            }
        }
    }

    [Fact]
    public async Task Publishers_are_called_on_a_dedicated_thread_that_ends_with_the_tracer()
    {
        var seen = new List<Thread>();
        var isPooled = false;
        var app = new TracedApplication(options => options.Publishers.Add(new Publisher((_, _) =>
        {
            seen.Add(Thread.CurrentThread);
            isPooled |= Thread.CurrentThread.IsThreadPoolThread;
            return default;
        })));

        app.Trace("one");
        await app.Tracer.FlushAsync(Token);
        app.Trace("two");
        await app.DisposeAsync();

        Assert.False(isPooled);
        Assert.Equal(2, seen.Count);
        Assert.True(Assert.Single(seen.Distinct()).Join(HungAfter));
    }

    [Fact]
    public async Task Calls_of_a_publisher_into_traced_services_open_no_steps()
    {
        TracedApplication? app = null;
        Step? seen = null;
        var publisher = new Publisher(async (_, _) =>
        {
            await Task.Yield();
            using var scope = app!.Tracer.StartStep("inside a publisher");
            seen = app.Tracer.CurrentStep;
        });
        app = new TracedApplication(options => options.Publishers.Add(publisher));

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);
        await app.DisposeAsync();

        Assert.Null(seen);
        Assert.Equal("trace", Assert.Single(app.Published.Traces).Root.Name);
    }

    [Fact]
    public async Task Publishers_do_not_inherit_the_context_of_the_tracers_creator_or_of_their_previous_call()
    {
        var ambient = new AsyncLocal<string?> { Value = "the builder's" };
        using var activity = new Activity("the builder's").Start();
        var seen = new List<string?>();
        await using var app = new TracedApplication(options => options.Publishers.Add(new Publisher((_, _) =>
        {
            seen.Add(ambient.Value);
            seen.Add(Activity.Current?.OperationName);
            ambient.Value = "the last call's";
            return default;
        })));

        app.Trace("1");
        await app.Tracer.FlushAsync(Token);
        app.Trace("2");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal([null, null, null, null], seen);
        Assert.Equal("the builder's", ambient.Value);
    }

    [Fact]
    public async Task A_tracer_can_be_created_while_the_flow_of_the_execution_context_is_suppressed()
    {
        TracedApplication app;
        using (ExecutionContext.SuppressFlow())
        {
            app = new TracedApplication();
            Assert.True(ExecutionContext.IsFlowSuppressed());
        }

        app.Trace("trace");
        await app.DisposeAsync();

        Assert.Single(app.Published.Traces);
    }

    private sealed class Publisher(Func<IReadOnlyList<OpenlayerTrace>, CancellationToken, ValueTask> publish) : ITracePublisher
    {
        public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken) => publish(traces, cancellationToken);
    }

    private sealed class BlockedLog : ILoggerFactory, ILogger
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Release { get; } = new();

        public bool WasWaitedFor { get; private set; }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Entered.TrySetResult();
            WasWaitedFor = !Release.Wait(BlockedFor);
        }

        public void Dispose() => Release.Dispose();
    }
}
