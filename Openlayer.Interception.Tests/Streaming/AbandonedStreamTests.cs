using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

/// <summary>An abandoned stream keeps its trace open only until it is collected or the grace period ends.</summary>
public sealed class AbandonedStreamTests
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromMinutes(5);

    private readonly FakeTimeProvider _time = new();

    [Theory, EveryRegistration]
    public async Task A_stream_that_is_never_read_ends_when_it_is_collected(RegistrationStyle registration)
    {
        await using var container = Container(registration);

        Drop(container.Work);

        await AssertCollectedAsync(container, "never read", items: 0);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Drop(IWork work) => work.Stream("stream", static () => Numbers.UpTo(3));
    }

    [Theory, EveryRegistration]
    public async Task A_partially_read_stream_ends_when_it_is_collected(RegistrationStyle registration)
    {
        await using var container = Container(registration);

        Drop(container.Work);

        await AssertCollectedAsync(container, "abandoned", items: 1);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Drop(IWork work)
        {
            var moved = work.Stream("stream", static () => Immediately()).GetAsyncEnumerator().MoveNextAsync();
            Assert.True(moved.IsCompletedSuccessfully && moved.Result);
        }

#pragma warning disable CS1998 // Items are available immediately, so that no continuation references the enumerator.
        static async IAsyncEnumerable<int> Immediately()
#pragma warning restore CS1998
        {
            yield return 1;
            yield return 2;
        }
    }

    [Fact]
    public async Task An_abandoned_lazy_sequence_ends_when_it_is_collected()
    {
        await using var container = Container(RegistrationStyle.InterfaceProxySingleton);
        Drop(container.Work);
        await AssertCollectedAsync(container, "never read", items: 0);

        await using var another = Container(RegistrationStyle.InterfaceProxySingleton);
        DropHalfWay(another.Work);
        await AssertCollectedAsync(another, "abandoned", items: 1);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Drop(IWork work) => work.Get("sequence", Produce);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void DropHalfWay(IWork work) => Assert.True(work.Get("sequence", Produce).GetEnumerator().MoveNext());

        static IEnumerable<int> Produce()
        {
            yield return 1;
            yield return 2;
        }
    }

    [Theory, EveryRegistration]
    public async Task A_referenced_stream_that_is_never_read_ends_with_the_grace_period(RegistrationStyle registration)
    {
        await using var container = Container(registration);
        var work = container.Work;
        IAsyncEnumerable<int>? kept = null;

        work.Do("request", () => kept = work.Stream("stream", static () => Numbers.UpTo(3)));

        _time.Advance(GracePeriod / 2);
        Assert.Empty(await container.TracesAsync());
        _time.Advance(GracePeriod / 2);
        Assert.Equal("request(stream)", await container.TreesAsync());
        var stream = (await container.TraceAsync()).Root.Steps[0];
        Assert.Equal("never read", stream.Metadata["streamEnded"]);
        GC.KeepAlive(kept);
    }

    [Theory, EveryRegistration]
    public async Task A_partially_read_stream_ends_with_the_grace_period(RegistrationStyle registration)
    {
        await using var container = Container(registration);
        var enumerator = container.Work.Stream("stream", static () => Numbers.UpTo(3))
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);

        Assert.True(await enumerator.MoveNextAsync());

        _time.Advance(GracePeriod);
        Assert.Empty(await container.TracesAsync());
        _time.Advance(GracePeriod);
        var step = (await container.TraceAsync()).Root;
        Assert.Equal("abandoned", step.Metadata["streamEnded"]);
        Assert.Equal(1L, step.Metadata["streamItems"]);

        // A consumer that continues still receives all items.
        Assert.True(await enumerator.MoveNextAsync());
        Assert.Equal(2, enumerator.Current);
        await enumerator.DisposeAsync();
        Assert.Equal(1L, step.Metadata["streamItems"]);
    }

    [Theory, EveryRegistration]
    public async Task An_enumerator_that_is_never_moved_ends_with_the_grace_period(RegistrationStyle registration)
    {
        await using var container = Container(registration);

        var enumerator = container.Work.Stream("stream", static () => Numbers.UpTo(3))
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);

        _time.Advance(GracePeriod);
        Assert.Equal("never read", (await container.TraceAsync()).Root.Metadata["streamEnded"]);
        GC.KeepAlive(enumerator);
    }

    [Theory, EveryRegistration]
    public async Task A_slow_consumer_does_not_abandon_its_stream(RegistrationStyle registration)
    {
        await using var container = Container(registration);

        await foreach (var _ in container.Work.Stream("stream", static () => Numbers.UpTo(10)))
        {
            _time.Advance(0.9 * GracePeriod);
        }

        Assert.False((await container.TraceAsync()).Root.Metadata.ContainsKey("streamEnded"));
    }

    [Theory, EveryRegistration]
    public async Task A_stream_with_a_pending_item_is_never_abandoned(RegistrationStyle registration)
    {
        await using var container = Container(registration);
        var gate = new TaskCompletionSource();
        await using var enumerator = container.Work.Stream("stream", Produce)
            .GetAsyncEnumerator(TestContext.Current.CancellationToken);

        var moved = enumerator.MoveNextAsync();
        _time.Advance(10 * GracePeriod);
        Assert.Empty(await container.TracesAsync());
        gate.SetResult();
        Assert.True(await moved);
        Assert.False(await enumerator.MoveNextAsync());

        Assert.False((await container.TraceAsync()).Root.Metadata.ContainsKey("streamEnded"));

        async IAsyncEnumerable<int> Produce()
        {
            await gate.Task;
            yield return 1;
        }
    }

    private static async Task AssertCollectedAsync(TracedContainer container, string note, long items)
    {
        for (var attempt = 0; attempt < 10 && (await container.TracesAsync()).Count == 0; attempt++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        var step = (await container.TraceAsync()).Root;
        Assert.Equal(note, step.Metadata["streamEnded"]);
        Assert.Equal(items, step.Metadata["streamItems"]);
    }

    private TracedContainer Container(RegistrationStyle registration) => new(registration, options =>
    {
        options.TimeProvider = _time;
        options.StreamGracePeriod = GracePeriod;
    });
}
