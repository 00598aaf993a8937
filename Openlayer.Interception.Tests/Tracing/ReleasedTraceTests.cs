using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>An execution context that outlives its trace keeps nothing of it but its ids.</summary>
public sealed class ReleasedTraceTests
{
    public static TheoryData<string, string> Cases => [.. from place in Places.Keys from keeper in Keepers.Keys select (place, keeper)];

    // What captures the execution context of a call, and keeps it. Each returns the object that does.
    private static Dictionary<string, Func<Task, object>> Keepers { get; } = new()
    {
        ["a timer"] = static _ => new Timer(static _ => { }, null, TimeSpan.FromDays(1), TimeSpan.FromDays(1)),
        ["a registration"] = static _ =>
        {
            var source = new CancellationTokenSource();
            source.Token.Register(static () => { });
            return source;
        },
        ["a long task"] = static forever => Task.Run(() => forever),
        ["an awaiting method"] = static forever => AwaitAsync(forever),
        ["a continuation"] = static forever => forever.ContinueWith(static _ => { }, TaskScheduler.Default),
        ["a thread"] = static forever =>
        {
            var thread = new Thread(() => forever.Wait()) { IsBackground = true };
            thread.Start();
            return thread;
        },
        ["a captured context"] = static _ => ExecutionContext.Capture()!,
        ["a context with another AsyncLocal"] = static forever =>
        {
            new AsyncLocal<int>().Value = 1;
            return Task.Run(() => forever);
        },
    };

    // Where the context is captured.
    private static Dictionary<string, Action<IWork, OpenlayerTracer, Action>> Places { get; } = new()
    {
        ["the root"] = static (work, _, keep) => work.Do("request", keep),
        ["an inner call"] = static (work, _, keep) => work.Do("request", () => work.Do("outer", () => work.Do("inner", keep))),
        ["a deep call"] = static (work, _, keep) => work.Do("request", () => Deep(work, 300, keep)),
        ["a manual step"] = static (work, tracer, keep) => work.Do("request", () =>
        {
            using var scope = tracer.StartStep("by hand");
            keep();
        }),
        ["the body of a stream"] = static (work, _, keep) => work.Do("request", () => Read(work.Stream("stream", () => Produce(keep)))),
        ["the body of a stream that is the root"] = static (work, _, keep) => Read(work.Stream("stream", () => Produce(keep))),
        ["a call in the body of a stream"] = static (work, _, keep) =>
            work.Do("request", () => Read(work.Stream("stream", () => Produce(() => work.Do("inner", keep))))),
        ["a lazy sequence"] = static (work, _, keep) => work.Do("request", () =>
        {
            foreach (var _ in work.Get("sequence", () => Sequence(keep)))
            {
            }
        }),
        ["a step that ended before its trace"] = static (work, _, keep) => work.Do("request", () =>
        {
            work.Do("first", keep);
            work.Do("second");
        }),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_context_that_outlives_its_trace_keeps_only_the_ids(string place, string keeper)
    {
        var counter = new CountingPublisher();
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options =>
        {
            options.Publishers.Clear();
            options.Publishers.Add(counter);
        });
        var forever = new TaskCompletionSource();

        var (trace, kept) = Run(container, Places[place], Keepers[keeper], forever.Task);
        await container.Tracer.FlushAsync(TestContext.Current.CancellationToken);

        AssertCollected(trace);
        Assert.Equal(1, counter.Count);
        GC.KeepAlive(kept);
        forever.SetResult();
    }

    [Fact]
    public async Task A_call_that_never_returns_keeps_nothing_of_its_published_trace()
    {
        var time = new FakeTimeProvider();
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options =>
        {
            options.Publishers.Clear();
            options.TimeProvider = time;
            options.StreamGracePeriod = TimeSpan.FromDays(1);
        });
        var forever = new TaskCompletionSource();
        var item = new TaskCompletionSource();

        List<object> kept = [];
        var trace = Start(container, forever.Task, item.Task, kept);

        // What the streams produced is noticed at a check, and starts the grace period again.
        time.Advance(container.Options.TraceGracePeriod * 2);
        time.Advance(container.Options.TraceGracePeriod * 2);

        AssertCollected(trace);
        GC.KeepAlive(kept);
        forever.SetResult();
        item.SetResult();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Start(TracedContainer container, Task forever, Task item, List<object> kept)
        {
            var work = container.Work;
            WeakReference? trace = null;
            work.Do("request", () =>
            {
                trace = new WeakReference(container.Tracer.CurrentTrace);
                _ = work.DoAsync("stuck", () => work.DoAsync("inner", () => forever));
                _ = work.DoValueAsync("stuck value", () => new ValueTask(forever)).AsTask();
                kept.Add(ReadOneAsync(work.Stream("stuck stream", () => Stall(item))));
                var enumerator = work.Stream("unread stream", () => Stall(Task.CompletedTask)).GetAsyncEnumerator();
                Assert.True(enumerator.MoveNextAsync().AsTask().IsCompleted);
                kept.Add(enumerator);
                var sequence = work.Get("sequence", () => Sequence(static () => { })).GetEnumerator();
                Assert.True(sequence.MoveNext());
                kept.Add(sequence);
            });
            return trace!;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (WeakReference Trace, List<object> Kept) Run(
        TracedContainer container, Action<IWork, OpenlayerTracer, Action> place, Func<Task, object> keeper, Task forever)
    {
        WeakReference? trace = null;
        List<object> kept = [];
        place(container.Work, container.Tracer, () =>
        {
            trace = new WeakReference(container.Tracer.CurrentTrace!.Root);
            kept.Add(keeper(forever));
        });
        return (trace!, kept);
    }

    private static void AssertCollected(WeakReference reference)
    {
        for (var attempt = 0; attempt < 20 && reference.IsAlive; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(reference.IsAlive);
    }

    private static async Task AwaitAsync(Task forever) => await forever;

    private static void Deep(IWork work, int depth, Action innermost) =>
        work.Do($"{depth}", depth == 0 ? innermost : () => Deep(work, depth - 1, innermost));

    private static void Read(IAsyncEnumerable<int> stream)
    {
        var reading = ReadAsync(stream);
        Assert.True(reading.IsCompletedSuccessfully);

        static async Task ReadAsync(IAsyncEnumerable<int> stream)
        {
            await foreach (var _ in stream)
            {
            }
        }
    }

#pragma warning disable CS1998 // Everything is available immediately.
    private static async IAsyncEnumerable<int> Produce(Action keep)
#pragma warning restore CS1998
    {
        yield return 1;
        keep();
        yield return 2;
    }

    private static async IAsyncEnumerable<int> Stall(Task until)
    {
        await until;
        yield return 1;
    }

    private static async Task ReadOneAsync(IAsyncEnumerable<int> stream)
    {
        await foreach (var _ in stream)
        {
            break;
        }
    }

    private static IEnumerable<int> Sequence(Action keep)
    {
        keep();
        yield return 1;
    }

    private sealed class CountingPublisher : ITracePublisher
    {
        public int Count { get; private set; }

        public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
        {
            Count += traces.Count;
            return default;
        }
    }
}
