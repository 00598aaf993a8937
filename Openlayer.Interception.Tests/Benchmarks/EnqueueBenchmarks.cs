using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>What calls cost that complete traces of ten steps: what they cost more where those are sent is the enqueue.</summary>
[MemoryDiagnoser]
[IterationCount(50)]
public class EnqueueBenchmarks
{
    // More would wait for their writing at a time, and make a garbage collection long that comes meanwhile: then the figure is of that.
    private const int Burst = 500;

    // A burst an iteration is too few for the code to be compiled for good meanwhile.
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
