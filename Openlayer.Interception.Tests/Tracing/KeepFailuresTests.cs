using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Traces that sampling leaves out are published all the same if they failed.</summary>
public sealed class KeepFailuresTests
{
    private static readonly Dictionary<string, (Func<TracedContainer, Task> Run, bool IsFailure)> Requests = new()
    {
        ["a call that succeeds"] = (static container => container.Work.DoAsync("request", static () => Task.CompletedTask), false),
        ["a synchronous call that throws"] = (static container =>
        {
            container.Work.Do("request", static () => throw new InvalidOperationException());
            return Task.CompletedTask;
        }, true),
        ["an asynchronous call that throws"] = (static container => container.Work.DoAsync("request", FailAsync), true),
        ["a value task that fails"] = (static container => container.Work.DoValueAsync("request", static async () => await FailAsync()).AsTask(), true),
        ["an inner call that throws, and is handled"] = (static container => container.Work.DoAsync("request", async () =>
        {
            try
            {
                await container.Work.DoAsync("inner", FailAsync);
            }
            catch (InvalidOperationException)
            {
            }
        }), true),
        ["a stream that fails"] = (static container => ReadAsync(container.Work.Stream("request", static () => Produce(FailAsync)), int.MaxValue), true),
        ["a stream that is exhausted"] = (static container => ReadAsync(container.Work.Stream("request", static () => Produce(static () => Task.CompletedTask)), int.MaxValue), false),
        ["a stream that is left early"] = (static container => ReadAsync(container.Work.Stream("request", static () => Produce(FailAsync)), 1), false),
        ["a cancellation"] = (static container => container.Work.DoAsync("request", static () => Task.FromCanceled(new CancellationToken(canceled: true))), false),
        ["a stream that is cancelled"] = (static container => ReadAsync(
            container.Work.Stream("request", static () => Produce(static () => Task.FromCanceled(new CancellationToken(canceled: true)))), int.MaxValue), false),
        ["a time-out"] = (static container => container.Work.DoAsync("request", static () => throw new TaskCanceledException("Timed out.", new TimeoutException())), true),
        ["several exceptions"] = (static container => container.Work.DoAsync("request", static () =>
            throw new AggregateException(new OperationCanceledException(), new InvalidOperationException())), true),
        ["several cancellations"] = (static container => container.Work.DoAsync("request", static () =>
            throw new AggregateException(new OperationCanceledException(), new TaskCanceledException())), false),
        ["an exception that is recorded by hand"] = (static container =>
        {
            using var scope = container.Tracer.StartStep("request");
            scope.Step.RecordException(new InvalidOperationException());
            return Task.CompletedTask;
        }, true),
        ["code that throws in a step"] = (static container => container.Tracer.RunStep("request", static _ => FailAsync()), true),
    };

    public static TheoryData<string> Names => [.. Requests.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_trace_that_is_not_sampled_is_published_if_it_failed(string request)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
        {
            options.SamplingRate = 0;
            options.KeepFailures = true;
        });

        await Record.ExceptionAsync(() => Requests[request].Run(container));

        Assert.Equal(Requests[request].IsFailure, (await container.TracesAsync()).Count == 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Without_the_option_a_trace_that_is_not_sampled_is_not_published(string request)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SamplingRate = 0);

        await Record.ExceptionAsync(() => Requests[request].Run(container));

        Assert.Empty(await container.TracesAsync());
    }

    [Fact]
    public async Task Failures_are_kept_beside_the_traces_that_are_sampled()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
        {
            options.SamplingRate = 0.5;
            options.KeepFailures = true;
        });

        for (var request = 0; request < 400; request++)
        {
            container.Work.Do("fine");
            Assert.Throws<InvalidOperationException>(() => container.Work.Do("failed", static () => throw new InvalidOperationException()));
        }

        var counts = (await container.TracesAsync()).GroupBy(static trace => Tree.Of(trace.Root)).ToDictionary(static trees => trees.Key, static trees => trees.Count());
        Assert.Equal(400, counts["failed"]);
        Assert.InRange(counts["fine"], 120, 280);
    }

    [Fact]
    public async Task Failures_of_roots_that_the_sampler_leaves_out_are_kept_and_only_those_are_enriched_and_filtered()
    {
        var seen = new List<string>();
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, options =>
        {
            options.Sampler = static (name, type) => false;
            options.KeepFailures = true;
            options.Enrich += trace => seen.Add(Tree.Of(trace.Root));
            options.Filter = trace => Tree.Of(trace.Root) != "ignored";
        });

        container.Work.Do("fine");
        Assert.Throws<InvalidOperationException>(() => container.Work.Do("failed", static () => throw new InvalidOperationException()));
        Assert.Throws<InvalidOperationException>(() => container.Work.Do("ignored", static () => throw new InvalidOperationException()));

        Assert.Equal("failed", await container.TreesAsync());
        Assert.Equal(["failed", "ignored"], seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Work_that_outlives_a_trace_names_it_only_if_it_was_published(bool hasFailed)
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options =>
        {
            options.SamplingRate = 0;
            options.KeepFailures = true;
        });
        var gate = new TaskCompletionSource();
        var late = Task.CompletedTask;
        var context = default(TraceContext);

        await Record.ExceptionAsync(() => container.Work.DoAsync("request", () =>
        {
            context = container.Tracer.CaptureContext();
            Assert.Null(context.TraceParent);
            late = Task.Run(async () =>
            {
                await gate.Task;
                container.Work.Do("late");
            });
            return hasFailed ? FailAsync() : Task.CompletedTask;
        }));
        container.Options.SamplingRate = 1;
        gate.SetResult();
        await late;

        Assert.Equal(hasFailed, context.TraceParent is not null);
        Assert.Equal(hasFailed ? "request; late" : "late", await container.TreesAsync());
        Assert.Equal(hasFailed, (await container.TracesAsync())[^1].Root.Metadata.ContainsKey("continuedFrom"));
    }

    private static async Task FailAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException();
    }

    private static async IAsyncEnumerable<int> Produce(Func<Task> end)
    {
        yield return 1;
        yield return 2;
        await end();
    }

    private static async Task ReadAsync(IAsyncEnumerable<int> stream, int count)
    {
        await foreach (var item in stream)
        {
            if (item >= count)
            {
                break;
            }
        }
    }
}
