using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// Traces of ten steps, from the first call to the acknowledgement by a server on loopback. The server runs on the same processors.
/// </summary>
[MemoryDiagnoser]
public class DeliveryBenchmarks
{
    // Less than OpenlayerOptions.MaxQueueLength, so that no trace is dropped before the flush.
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
