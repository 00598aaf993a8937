using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>One call under an open root, with one string as its argument.</summary>
[MemoryDiagnoser]
public class CallBenchmarks
{
    // Each root takes this many calls, for every variant, so that its trace does not grow without limit.
    private const int Calls = 1000;

    private Bench _bench = null!;

    [ParamsAllValues]
    public Variant Variant { get; set; }

    [GlobalSetup]
    public void SetUp() => _bench = new Bench(Variant);

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(OperationsPerInvoke = Calls)]
    public int Synchronous()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var call = 0; call < Calls; call++)
        {
            sum += _bench.Service.Synchronous("question");
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public async Task<int> CompletedTask()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var call = 0; call < Calls; call++)
        {
            sum += await _bench.Service.CompletedTask("question");
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public async Task<int> CompletedValueTask()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var call = 0; call < Calls; call++)
        {
            sum += await _bench.Service.CompletedValueTask("question");
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Calls)]
    public int SuspendingTask()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var call = 0; call < Calls; call++)
        {
            var task = _bench.Service.SuspendingTask("question");
            _bench.Suspension.Resume();
            sum += task.Result;
        }

        return sum;
    }
}
