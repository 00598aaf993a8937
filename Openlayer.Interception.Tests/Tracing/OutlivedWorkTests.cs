using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Work that goes on after the trace in which it was started is sampled again, each trace on its own.</summary>
public sealed class OutlivedWorkTests
{
    private const int Ticks = 400;

    /// <summary>Code that starts work and returns. The work is left running. What the task returns is kept until the work is done.</summary>
    public static TheoryData<string> Starts => [.. Ways.Keys];

    private static Dictionary<string, Func<TracedContainer, Action, Task>> Ways { get; } = new()
    {
        ["a call"] = static (container, start) =>
        {
            container.Work.Do("request", start);
            return Task.CompletedTask;
        },
        ["an asynchronous call"] = static (container, start) => container.Work.DoAsync("request", async () =>
        {
            await Task.Yield();
            start();
        }),
        ["a call that fails"] = static (container, start) => Assert.ThrowsAsync<InvalidOperationException>(() => container.Work.DoAsync("request", async () =>
        {
            start();
            await Task.Yield();
            throw new InvalidOperationException();
        })),
        ["a call inside a call"] = static (container, start) =>
        {
            container.Work.Do("request", () => container.Work.Do("inner", start));
            return Task.CompletedTask;
        },
        ["a value task"] = static async (container, start) => await container.Work.DoValueAsync("request", async () =>
        {
            await Task.Yield();
            start();
        }),
        ["a manual step"] = static async (container, start) =>
        {
            using var scope = container.Tracer.StartStep("request");
            await Task.Yield();
            start();
        },
        ["a stream"] = static async (container, start) =>
        {
            await foreach (var _ in container.Work.Stream("request", () => Produce(start)))
            {
            }
        },
        ["a stream that is left early"] = static async (container, start) =>
        {
            await foreach (var _ in container.Work.Stream("request", () => Produce(start)))
            {
                break;
            }
        },
        ["a method that returns a stream"] = static (container, start) => Task.FromResult(container.Work.Stream("request", () =>
        {
            start();
            return Produce(static () => { });
        })),
        ["a lazy sequence"] = static (container, start) =>
        {
            foreach (var _ in container.Work.Get("request", () => Sequence(start)))
            {
            }

            return Task.CompletedTask;
        },
        ["the second enumeration of a stream"] = static async (container, start) =>
        {
            var enumerations = 0;
            var stream = container.Work.Stream("request", () => Produce(() =>
            {
                if (++enumerations == 2)
                {
                    start();
                }
            }));
            await foreach (var _ in stream)
            {
            }

            await foreach (var _ in stream)
            {
            }
        },
    };

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task A_loop_started_by_a_root_that_was_not_sampled_is_sampled_tick_by_tick(string start)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SamplingRate = 0);
        var gate = new TaskCompletionSource();
        var loop = Task.CompletedTask;

        await Ways[start](container, () => loop = LoopAsync(container, gate.Task));
        container.Options.SamplingRate = 0.5;
        gate.SetResult();
        await loop;

        Assert.InRange((await container.TracesAsync()).Count, Ticks / 4, Ticks * 3 / 4);
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task A_loop_started_by_a_root_that_was_sampled_is_sampled_tick_by_tick(string start)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var gate = new TaskCompletionSource();
        var loop = Task.CompletedTask;

        var started = Ways[start](container, () => loop = LoopAsync(container, gate.Task));
        await started;
        await Task.Yield();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        container.Options.SamplingRate = 0.5;
        gate.SetResult();
        await loop;

        var ticks = (await container.TracesAsync()).Where(static trace => Tree.Of(trace.Root) == "tick").ToArray();
        GC.KeepAlive(started);
        if (start == "a method that returns a stream")
        {
            // The stream is still open, and with it the trace: the ticks belong to it.
            Assert.Empty(ticks);
            return;
        }

        Assert.InRange(ticks.Length, Ticks / 4, Ticks * 3 / 4);
        Assert.All(ticks, static tick => Assert.True(tick.Root.Metadata.ContainsKey("continuedFrom")));
    }

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task A_loop_started_while_tracing_was_disabled_is_traced_when_it_is_enabled(string start)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.Enabled = false);
        var gate = new TaskCompletionSource();
        var loop = Task.CompletedTask;

        await Ways[start](container, () => loop = LoopAsync(container, gate.Task));
        container.Options.Enabled = true;
        gate.SetResult();
        await loop;

        Assert.Equal(Ticks, (await container.TracesAsync()).Count);
    }

    [Fact]
    public async Task A_loop_started_by_a_getter_that_capture_reads_is_traced()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var gate = new TaskCompletionSource();
        var loop = Task.CompletedTask;
        var argument = new Starting(() =>
        {
            if (loop == Task.CompletedTask)
            {
                container.Work.Do("inside the capture");
                loop = LoopAsync(container, gate.Task);
            }
        });

        await container.Work.UseAsync("request", argument, static _ => Task.FromResult(true));
        gate.SetResult();
        await loop;

        var trees = (await container.TracesAsync()).Select(static trace => Tree.Of(trace.Root)).ToArray();
        Assert.Equal(Ticks, trees.Count(static tree => tree == "tick"));
        Assert.DoesNotContain("inside the capture", trees);
    }

    [Fact]
    public async Task A_timer_and_a_registration_started_by_a_root_that_was_not_sampled_are_sampled_again()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SamplingRate = 0);
        using var source = new CancellationTokenSource();
        var ticked = new TaskCompletionSource();
        Timer? timer = null;

        container.Work.Do("request", () =>
        {
            timer = new Timer(_ =>
            {
                container.Work.Do("timer");
                ticked.SetResult();
            });
            source.Token.Register(() => container.Work.Do("registration"));
        });
        container.Options.SamplingRate = 1;
        timer!.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await ticked.Task;
        await source.CancelAsync();
        await timer.DisposeAsync();

        Assert.Equal("timer; registration", await container.TreesAsync());
    }

    /// <summary>How work that outlives its trace runs: each calls its argument for each tick, and returns what ends with the last.</summary>
    private static Dictionary<string, Func<Task, Action, Task>> Loops { get; } = new()
    {
        ["a channel's reader"] = static async (start, tick) =>
        {
            var channel = System.Threading.Channels.Channel.CreateUnbounded<int>();
            _ = start.ContinueWith(
                _ =>
                {
                    Enumerable.Range(0, Ticks).ToList().ForEach(number => channel.Writer.TryWrite(number));
                    channel.Writer.Complete();
                },
                TaskScheduler.Default);
            await foreach (var _ in channel.Reader.ReadAllAsync())
            {
                tick();
            }
        },
        ["a parallel loop"] = static async (start, tick) =>
        {
            await start;
            await Parallel.ForEachAsync(Enumerable.Range(0, Ticks), (_, _) =>
            {
                tick();
                return default;
            });
        },
        ["a thread"] = static (start, tick) => Task.Factory.StartNew(
            () =>
            {
                start.Wait();
                Repeat(tick);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default),
        ["queued work items"] = static (start, tick) =>
        {
            var done = new TaskCompletionSource();
            ThreadPool.QueueUserWorkItem(_ =>
            {
                start.Wait();
                Repeat(tick);
                done.SetResult();
            });
            return done.Task;
        },
        ["work items without a context"] = static (start, tick) =>
        {
            var done = new TaskCompletionSource();
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    start.Wait();
                    Repeat(tick);
                    done.SetResult();
                },
                null);
            return done.Task;
        },
        ["an async void method"] = static (start, tick) =>
        {
            var done = new TaskCompletionSource();
            Run();
            return done.Task;

            async void Run()
            {
                await start;
                Repeat(tick);
                done.SetResult();
            }
        },
        ["a continuation"] = static (start, tick) => start.ContinueWith(_ => Repeat(tick), TaskScheduler.Default),
        ["a chain of continuations"] = static (start, tick) =>
            Enumerable.Range(0, Ticks).Aggregate(start, (previous, _) => previous.ContinueWith(_ => tick(), TaskScheduler.Default)),
        ["a periodic timer"] = static async (start, tick) =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
            await start;
            while (await timer.WaitForNextTickAsync())
            {
                Repeat(tick);
                return;
            }
        },
        ["a registration"] = static async (start, tick) =>
        {
            using var source = new CancellationTokenSource();
            source.Token.Register(() => Repeat(tick));
            await start;
            await source.CancelAsync();
        },
        ["an event"] = static async (start, tick) =>
        {
            var progress = new EventHandler((_, _) => tick());
            await start;
            Repeat(() => progress(null, EventArgs.Empty));
        },
        ["an untraced stream"] = static async (start, tick) =>
        {
            await foreach (var _ in Numbers(start))
            {
                tick();
            }
        },
    };

    public static TheoryData<string, double, double> LoopsAndRates =>
        [.. from loop in Loops.Keys from rates in new[] { (0.0, 0.5), (1.0, 0.5), (1.0, 0.1), (0.0, 0.9), (1.0, 0.0), (0.0, 1.0) } select (loop, rates.Item1, rates.Item2)];

    [Theory]
    [MemberData(nameof(LoopsAndRates))]
    public async Task Work_of_every_kind_has_the_rate_that_holds_when_it_runs(string kind, double before, double after)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options => options.SamplingRate = before);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Task.CompletedTask;

        container.Work.Do("request", () => container.Work.Do("inner", () => loop = Loops[kind](gate.Task, () => container.Work.Do("tick"))));
        container.Options.SamplingRate = after;
        gate.SetResult();
        await loop;

        // Six standard deviations.
        var slack = 6 * Math.Sqrt(Ticks * after * (1 - after));
        var ticks = (await container.TracesAsync()).Count(static trace => Tree.Of(trace.Root) == "tick");
        Assert.InRange(ticks, (Ticks * after) - slack, (Ticks * after) + slack);
    }

    private static void Repeat(Action tick)
    {
        for (var number = 0; number < Ticks; number++)
        {
            tick();
        }
    }

    private static async IAsyncEnumerable<int> Numbers(Task start)
    {
        await start;
        for (var number = 0; number < Ticks; number++)
        {
            yield return number;
        }
    }

    private static Task LoopAsync(TracedContainer container, Task start) => Task.Run(async () =>
    {
        await start;
        for (var tick = 0; tick < Ticks; tick++)
        {
            container.Work.Do("tick");
            await Task.Yield();
        }
    });

    private static async IAsyncEnumerable<int> Produce(Action start)
    {
        await Task.Yield();
        start();
        yield return 1;
        yield return 2;
    }

    private static IEnumerable<int> Sequence(Action start)
    {
        start();
        yield return 1;
    }

    public sealed class Starting(Action start)
    {
        public int Value
        {
            get
            {
                start();
                return 1;
            }
        }
    }
}
