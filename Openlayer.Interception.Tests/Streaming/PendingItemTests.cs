using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Streaming;

/// <summary>Items that complete asynchronously. Their value tasks share a source.</summary>
public sealed class PendingItemTests
{
    [Theory, EveryRegistration]
    public async Task Reading_the_result_of_a_pending_item_too_early_throws_and_the_item_still_arrives(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var second = new TaskCompletionSource();
        var numbers = container.Work.Stream("stream", () => OneThenTwo(second.Task)).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await numbers.MoveNextAsync());

        var pending = numbers.MoveNextAsync();
        Assert.Throws<InvalidOperationException>(() => pending.GetAwaiter().GetResult());
        second.SetResult();

        Assert.True(await pending);
        Assert.Equal(2, numbers.Current);
        Assert.False(await numbers.MoveNextAsync());
        await numbers.DisposeAsync();
        Assert.Equal("[1,2]", (await container.TraceAsync()).Root.Output?.ToString());
    }

    [Theory, EveryRegistration]
    public async Task Overlapping_moves_of_a_stream_that_supports_them_each_receive_their_item(RegistrationStyle registration)
    {
        await using var container = new TracedContainer(registration);
        var gates = new Queue<TaskCompletionSource<bool>>([new(), new()]);
        var ended = gates.ToArray();
        var items = container.Work.Stream("stream", () => new Overlapping(gates)).GetAsyncEnumerator(TestContext.Current.CancellationToken);

        var first = items.MoveNextAsync();
        var second = items.MoveNextAsync();
        ended[1].SetResult(false);
        Assert.False(await second);
        ended[0].SetResult(true);
        Assert.True(await first);
        await items.DisposeAsync();

        Assert.NotNull((await container.TraceAsync()).Root.EndTime);
    }

    private static async IAsyncEnumerable<int> OneThenTwo(Task second)
    {
        yield return 1;
        await second;
        yield return 2;
    }

    private sealed class Overlapping(Queue<TaskCompletionSource<bool>> gates) : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => new Items(gates);

        private sealed class Items(Queue<TaskCompletionSource<bool>> gates) : IAsyncEnumerator<int>
        {
            public int Current => 1;

            public ValueTask<bool> MoveNextAsync() => new(gates.Dequeue().Task);

            public ValueTask DisposeAsync() => default;
        }
    }
}
