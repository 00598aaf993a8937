using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The same number of calls by each of several threads, each under a root of its own: as long for two as for one, if they do not disturb each other.</summary>
public class ParallelBenchmarks
{
    private const int Calls = 9;
    private const int Roots = 10_000;

    private Bench _bench = null!;
    private SideBySide _threads = null!;

    [Params(Variant.Castle, Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Traced)]
    public Variant Variant { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench(Variant);
        _threads = new SideBySide(Threads, () => _bench.CallUnderRoots(Roots, Calls));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _threads.Dispose();
        _bench.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Roots * Calls)]
    public void Synchronous() => _threads.Run();
}
