using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>A trace of a root and nine calls, including its completion, and a trace of a single call.</summary>
[MemoryDiagnoser]
public class TraceBenchmarks
{
    private Bench _bench = null!;

    [Params(Variant.Castle, Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Disabled, Variant.NotSampled, Variant.Traced)]
    public Variant Variant { get; set; }

    [GlobalSetup]
    public void SetUp() => _bench = new Bench(Variant);

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark]
    public int TreeOfTen()
    {
        using var root = _bench.OpenRoot();
        var sum = 0;
        for (var call = 0; call < 9; call++)
        {
            sum += _bench.Service.Synchronous("question");
        }

        return sum;
    }

    [Benchmark]
    public int RootCall() => _bench.Service.Synchronous("question");
}
