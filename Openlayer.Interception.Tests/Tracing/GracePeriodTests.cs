using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>A call that never comes back does not keep its trace from being published.</summary>
public sealed class GracePeriodTests
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();

    [Theory, EveryRegistration]
    public async Task A_trace_with_a_call_that_never_returns_is_published_after_the_grace_period(RegistrationStyle registration)
    {
        await using var container = Container(registration);
        var work = container.Work;
        var never = new TaskCompletionSource();

        await work.DoAsync("request", async () =>
        {
            work.Do("done");
            await Task.WhenAny(work.DoAsync("stuck", () => never.Task), Task.CompletedTask);
        });

        _time.Advance(GracePeriod * 0.9);
        Assert.Empty(await container.TracesAsync());
        _time.Advance(GracePeriod);
        Assert.Equal("request(done, stuck)", await container.TreesAsync());
        var root = (await container.TraceAsync()).Root;
        Assert.Equal(true, root.Steps[1].Metadata["stillOpen"]);
        Assert.False(root.Metadata.ContainsKey("stillOpen"));
        Assert.False(root.Steps[0].Metadata.ContainsKey("stillOpen"));
        GC.KeepAlive(never);
    }

    [Fact]
    public async Task Every_step_that_is_open_says_so_when_its_trace_is_published()
    {
        await using var container = Container();
        var work = container.Work;
        var never = new TaskCompletionSource();

        await work.DoAsync("request", async () =>
        {
            _ = work.DoAsync("outer", () => work.DoAsync("inner", () => never.Task));
            var blocked = new TaskCompletionSource();
            new Thread(() => work.Do("thread", () =>
            {
                blocked.SetResult();
                never.Task.Wait();
            })).Start();
            await blocked.Task;
            var scope = container.Tracer.StartStep("by hand");
            GC.KeepAlive(scope);
        });

        _time.Advance(GracePeriod * 2);
        var root = (await container.TraceAsync()).Root;
        Assert.Equal("request(outer(inner), thread, by hand)", Tree.Of(root));
        Assert.All([root.Steps[0], root.Steps[0].Steps[0], root.Steps[1], root.Steps[2]], static step =>
        {
            Assert.Equal(true, step.Metadata["stillOpen"]);
            Assert.NotNull(step.EndTime);
        });
        never.SetResult();
    }

    [Fact]
    public async Task A_step_that_opens_or_ends_starts_the_grace_period_again()
    {
        await using var container = Container();
        var work = container.Work;
        var gate = new Gate();
        var loop = Task.CompletedTask;

        work.Do("request", () => loop = work.DoAsync("loop", async () =>
        {
            while (true)
            {
                await gate.WaitAsync();
                work.Do("tick");
            }
        }));
        await gate.ArriveAsync();
        for (var tick = 0; tick < 5; tick++)
        {
            _time.Advance(GracePeriod * 0.9);
            await gate.OpenAsync();
        }

        Assert.Empty(await container.TracesAsync());
        _time.Advance(GracePeriod * 1.5);
        Assert.Equal("request(loop(tick, tick, tick, tick, tick))", await container.TreesAsync());
        GC.KeepAlive(loop);
    }

    [Fact]
    public async Task An_item_of_a_stream_starts_the_grace_period_again_and_a_stalled_stream_keeps_what_it_produced()
    {
        await using var container = Container();
        var work = container.Work;
        var gate = new Gate();
        var reading = Task.CompletedTask;

        work.Do("request", () => reading = ReadAsync());
        await gate.ArriveAsync();
        for (var item = 0; item < 4; item++)
        {
            await gate.OpenAsync();
            _time.Advance(GracePeriod * 0.9);
        }

        Assert.Empty(await container.TracesAsync());
        _time.Advance(GracePeriod * 2);
        var stream = Assert.Single((await container.TraceAsync()).Root.Steps);
        Assert.Equal("0123", stream.Output);
        Assert.Equal(true, stream.Metadata["stillOpen"]);
        Assert.Equal("still open", stream.Metadata["streamEnded"]);
        Assert.Equal(4L, stream.Metadata["streamItems"]);

        // The consumer still gets its items.
        Assert.False(reading.IsCompleted);
        await gate.OpenAsync();
        Assert.Equal("0123", stream.Output);

        async Task ReadAsync()
        {
            await foreach (var _ in work.Stream("stream", Produce))
            {
            }
        }

        async IAsyncEnumerable<string> Produce()
        {
            for (var item = 0; ; item++)
            {
                await gate.WaitAsync();
                yield return $"{item}";
            }
        }
    }

    [Fact]
    public async Task A_call_that_ends_after_its_trace_was_published_changes_nothing_and_later_calls_open_traces_of_their_own()
    {
        await using var container = Container();
        var work = container.Work;
        var late = new TaskCompletionSource();
        Task? stuck = null;

        work.Do("request", () => stuck = work.DoAsync("stuck", async () =>
        {
            await late.Task;
            Assert.Null(container.Tracer.CurrentStep);
            work.Do("later");
            throw new InvalidOperationException("too late");
        }));
        _time.Advance(GracePeriod * 2);
        var published = await container.TraceAsync();
        late.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => stuck!);

        Assert.Equal("request(stuck); later", await container.TreesAsync());
        Assert.False(published.Root.Steps[0].Metadata.ContainsKey("Exceptions"));
        Assert.Equal(published.InferenceId, (await container.TracesAsync())[1].Root.Metadata["continuedFrom"]);
    }

    [Fact]
    public async Task A_trace_whose_root_is_open_waits_for_it()
    {
        await using var container = Container();
        var gate = new TaskCompletionSource();

        var request = container.Work.DoAsync("request", () => gate.Task);
        _time.Advance(GracePeriod * 20);
        Assert.Empty(await container.TracesAsync());
        gate.SetResult();
        await request;

        Assert.Equal("request", await container.TreesAsync());
        Assert.False((await container.TraceAsync()).Root.Metadata.ContainsKey("stillOpen"));
    }

    [Fact]
    public async Task A_trace_whose_root_can_no_longer_end_is_published_when_it_is_collected()
    {
        await using var container = Container();
        Drop(container);
        _time.Advance(GracePeriod * 2);

        for (var attempt = 0; attempt < 20 && (await container.TracesAsync()).Count == 0; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(true, (await container.TraceAsync()).Root.Metadata["stillOpen"]);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Drop(TracedContainer container) => container.Work.DoAsync("request", static () => new TaskCompletionSource().Task);
    }

    [Fact]
    public async Task Disposing_the_tracer_publishes_what_is_open()
    {
        var publisher = new InMemoryTracePublisher();
        var never = new TaskCompletionSource();
        await using (var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options => options.Publishers.Add(publisher)))
        {
            _ = container.Work.DoAsync("stuck", () => container.Work.DoAsync("inner", () => never.Task));
        }

        var trace = Assert.Single(publisher.Traces);
        Assert.Equal("stuck(inner)", Tree.Of(trace.Root));
        Assert.Equal(true, trace.Root.Metadata["stillOpen"]);
        GC.KeepAlive(never);
    }

    [Fact]
    public async Task Every_open_trace_is_found_however_many_there_are()
    {
        var publisher = new InMemoryTracePublisher();
        var never = new TaskCompletionSource();
        await using (var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options => options.Publishers.Add(publisher)))
        {
            for (var number = 0; number < 2_000; number++)
            {
                _ = container.Work.DoAsync($"{number}", () => never.Task);
            }
        }

        Assert.Equal(2_000, publisher.Traces.Count);
        GC.KeepAlive(never);
    }

    private TracedContainer Container(RegistrationStyle registration = RegistrationStyle.InterfaceProxySingleton) => new(registration, options =>
    {
        options.TimeProvider = _time;
        options.TraceGracePeriod = GracePeriod;
        options.StreamGracePeriod = TimeSpan.FromDays(1);
    });

    /// <summary>Lets code of the service run from one wait to the next.</summary>
    private sealed class Gate
    {
        private readonly Channel<bool> _arrivals = Channel.CreateUnbounded<bool>();
        private readonly Channel<bool> _passes = Channel.CreateUnbounded<bool>();

        public async Task WaitAsync()
        {
            _arrivals.Writer.TryWrite(true);
            await _passes.Reader.ReadAsync(TestContext.Current.CancellationToken);
        }

        /// <summary>Waits until the service waits.</summary>
        public async Task ArriveAsync() => await _arrivals.Reader.ReadAsync(TestContext.Current.CancellationToken);

        /// <summary>Lets the service continue until it waits again.</summary>
        public async Task OpenAsync()
        {
            _passes.Writer.TryWrite(true);
            await ArriveAsync();
        }
    }
}
