using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// Traces of ten steps from their first call to the acknowledgement of a server on loopback, which takes its share of the same processors.
/// </summary>
[MemoryDiagnoser]
public class DeliveryBenchmarks
{
    // Below OpenlayerOptions.MaxQueueLength, so that nothing is dropped where nobody has waited yet.
    private const int Burst = 2_000;
    private const int Bursts = 10;

    private LoopbackDelivery _delivery = null!;

    [GlobalSetup]
    public void SetUp() => _delivery = new LoopbackDelivery(isSent: true);

    [GlobalCleanup]
    public void CleanUp() => _delivery.Dispose();

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public Task CompleteAndDeliver() => _delivery.DeliverAsync(Bursts, Burst);
}
