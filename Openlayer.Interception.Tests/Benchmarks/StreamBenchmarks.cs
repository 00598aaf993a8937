using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>One item of a stream of 100, and the time to the first item.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    public const int Items = 100;

    public const int LongItems = 2_100;

    // Enough streams per root to make the root's share of an item negligible.
    private const int Streams = 10;

    private Bench _bench = null!;

    [Params(Variant.Direct, Variant.Castle, Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Disabled, Variant.NotSampled, Variant.Traced)]
    public Variant Variant { get; set; }

    [GlobalSetup]
    public void SetUp() => _bench = new Bench(Variant);

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(OperationsPerInvoke = Items * Streams)]
    public async Task<int> CompletedItem()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var stream = 0; stream < Streams; stream++)
        {
            await foreach (var item in _bench.Service.CompletedStream(Items))
            {
                sum += item;
            }
        }

        return sum;
    }

    /// <summary>One item of a stream of 2,100.</summary>
    [Benchmark(OperationsPerInvoke = LongItems)]
    public async Task<int> LongStream()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        await foreach (var item in _bench.Service.CompletedStream(LongItems))
        {
            sum += item;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Items * Streams)]
    public async Task<int> SuspendingItem()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var stream = 0; stream < Streams; stream++)
        {
            sum += await ReadSuspendingAsync();
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Items)]
    public async Task<int> FirstItem()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var stream = 0; stream < Items; stream++)
        {
            await foreach (var item in _bench.Service.CompletedStream(1))
            {
                sum += item;
                break;
            }
        }

        return sum;
    }

    private async Task<int> ReadSuspendingAsync()
    {
        var sum = 0;
        await using var items = _bench.Service.SuspendingStream(Items).GetAsyncEnumerator();
        while (true)
        {
            var moved = items.MoveNextAsync();
            if (!moved.IsCompleted)
            {
                _bench.Suspension.Resume();
            }

            if (!await moved)
            {
                return sum;
            }

            sum += items.Current;
        }
    }
}
