using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>What two threads of this machine can get done at most: by allocating alone, and by traced calls whose traces nobody takes.</summary>
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

    /// <summary>Traced calls, and no publisher.</summary>
    [Benchmark(OperationsPerInvoke = Roots * Calls)]
    public void Unpublished() => _calling.Run();

    /// <summary>As many bytes as a traced call takes, and nothing else.</summary>
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
