using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

public sealed class StreamShapeTests
{
    [Theory, EveryRegistration]
    public async Task A_stream_in_a_task_is_a_stream(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await ReadAsync(container, await work.StreamAsync("stream", () => Task.FromResult(Produce(work))));
        await ReadAsync(container, await work.StreamAsync("stream", async () =>
        {
            await Task.Yield();
            return Produce(work);
        }));
    }

    [Theory, EveryRegistration]
    public async Task A_stream_in_a_value_task_is_a_stream(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        await ReadAsync(container, await work.StreamValueAsync("stream", () => new ValueTask<IAsyncEnumerable<int>>(Produce(work))));
        await ReadAsync(container, await work.StreamValueAsync("stream", async () =>
        {
            await Task.Yield();
            return Produce(work);
        }));
    }

    [Theory, EveryRegistration]
    public async Task A_class_with_a_virtual_enumerator_is_a_stream(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var work = container.Work;

        var pages = work.Get("stream", () => new Pages(Produce(work)));
        Assert.Equal(7, pages.Size);
        await ReadAsync(container, pages);
        await ReadAsync(container, await work.Get("stream", () => Task.FromResult(new Pages(Produce(work)))));
        await ReadAsync(container, work.Get<Pages>("stream", () => new HiddenPages(Produce(work))));
    }

    [Fact]
    public async Task A_stream_class_returned_through_another_service_is_a_step_of_both()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var work = container.Work;

        await foreach (var _ in work.Get("facade", () => work.Get("source", () => new Pages(Produce(work)))))
        {
        }

        Assert.Equal("facade(source(body))", await container.TreesAsync());
    }

    [Fact]
    public async Task A_result_that_callers_could_downcast_is_returned_unchanged()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var work = container.Work;
        List<int> list = [1, 2];
        var query = list.Where(static number => number > 1);
        var stream = new PublicStream();
        var sealedPages = new SealedPages();

        Assert.Same(list, work.Get<IEnumerable<int>>("list", () => list));
        Assert.Same(query, work.Get("query", () => query));
        Assert.Same(stream, work.Get<IAsyncEnumerable<int>>("stream", () => stream));
        Assert.Same(sealedPages, work.Get("sealed class", () => sealedPages));

        Assert.Equal("list; query; stream; sealed class", await container.TreesAsync());
        Assert.All(await container.TracesAsync(), static trace => Assert.False(trace.Root.Metadata.ContainsKey("streamEnded")));
    }

    [Fact]
    public async Task A_class_that_cannot_be_proxied_is_returned_unchanged()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        var moody = new MoodyPages(allowed: true);

        Assert.Same(moody, container.Work.Get("stream", () => moody));

        var step = (await container.TraceAsync()).Root;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.False(step.Metadata.ContainsKey("streamEnded"));
    }

    private static async Task ReadAsync(TracedContainer container, IAsyncEnumerable<int> stream)
    {
        var before = (await container.TracesAsync()).Count;
        List<int> items = [];
        await foreach (var item in stream)
        {
            items.Add(item);
        }

        Assert.Equal([1, 2], items);
        var traces = await container.TracesAsync();
        Assert.Equal(before + 1, traces.Count);
        Assert.Equal("stream(body)", Tree.Of(traces[^1].Root));
    }

    private static async IAsyncEnumerable<int> Produce(IWork work)
    {
        yield return 1;
        await Task.Yield();
        work.Do("body");
        yield return 2;
    }

    public class Pages(IAsyncEnumerable<int> items) : IAsyncEnumerable<int>
    {
        protected Pages()
            : this(Numbers.UpTo(0))
        {
        }

        public virtual int Size => 7;

        public virtual IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            items.GetAsyncEnumerator(cancellationToken);
    }

    public sealed class SealedPages : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            Numbers.UpTo(2).GetAsyncEnumerator(cancellationToken);
    }

    public class PublicStream : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            Numbers.UpTo(2).GetAsyncEnumerator(cancellationToken);
    }

    public class MoodyPages : IAsyncEnumerable<int>
    {
        public MoodyPages(bool allowed) => _ = allowed;

        protected MoodyPages() => throw new InvalidOperationException("Not made this way.");

        public virtual IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            Numbers.UpTo(2).GetAsyncEnumerator(cancellationToken);
    }

    private sealed class HiddenPages(IAsyncEnumerable<int> items) : Pages(items);
}
