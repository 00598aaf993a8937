using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The same number of calls on each thread, each under its own root. Two threads take as long as one if they do not contend.</summary>
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
