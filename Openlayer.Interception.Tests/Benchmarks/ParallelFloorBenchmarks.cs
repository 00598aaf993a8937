using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The upper limit for two threads on this machine: allocation alone, and traced calls without a publisher.</summary>
public class ParallelFloorBenchmarks
{
    private const int Calls = 9;
    private const int Roots = 10_000;
    private const int ObjectsOfCall = 5;
    private const int BytesOfObject = 56;

    private Bench _bench = null!;
    private SideBySide _calling = null!;
    private SideBySide _allocating = null!;

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench(Variant.Traced, deliver: static _ => { });
        _calling = new SideBySide(Threads, () => _bench.CallUnderRoots(Roots, Calls));
        _allocating = new SideBySide(Threads, Allocate);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _allocating.Dispose();
        _calling.Dispose();
        _bench.Dispose();
    }

    /// <summary>Traced calls without a publisher.</summary>
    [Benchmark(OperationsPerInvoke = Roots * Calls)]
    public void Unpublished() => _calling.Run();

    /// <summary>Allocates as many bytes as a traced call, and does nothing else.</summary>
    [Benchmark(OperationsPerInvoke = Roots * Calls)]
    public void Allocation() => _allocating.Run();

    private static void Allocate()
    {
        for (var allocated = 0; allocated < Roots * Calls * ObjectsOfCall; allocated++)
        {
            GC.KeepAlive(new byte[BytesOfObject]);
        }
    }
}
