using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The calls that complete traces of ten steps, sent and not sent. The difference is the cost of the enqueue.</summary>
[MemoryDiagnoser]
[IterationCount(50)]
public class EnqueueBenchmarks
{
    // A longer burst leaves more traces alive during a garbage collection, which would then dominate the figure.
    private const int Burst = 500;

    // One burst per iteration is too few calls for tiered compilation to finish.
    private const int BurstsBefore = 200;

    private LoopbackDelivery _delivery = null!;

    [Params(true, false)]
    public bool IsSent { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _delivery = new LoopbackDelivery(IsSent);
        await _delivery.DeliverAsync(BurstsBefore, Burst);
    }

    [GlobalCleanup]
    public void CleanUp() => _delivery.Dispose();

    [IterationSetup]
    public void Flush() => _delivery.FlushAsync().GetAwaiter().GetResult();

    [Benchmark(OperationsPerInvoke = Burst)]
    public void Complete() => _delivery.Complete(Burst);
}
