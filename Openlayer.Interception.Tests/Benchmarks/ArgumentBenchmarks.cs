using BenchmarkDotNet.Attributes;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>One synchronous call under an open root, by kind of argument.</summary>
[MemoryDiagnoser]
public class ArgumentBenchmarks
{
    private const int Calls = 100;

    private readonly string _longText = new('x', 100 * 1024);
    private readonly Customer _record = Customer.Example(1);
    private readonly List<Customer> _list = [.. Enumerable.Range(0, 100).Select(Customer.Example)];
    private Bench _bench = null!;

    [Params(Variant.Castle, Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.NotSampled, Variant.Traced)]
    public Variant Variant { get; set; }

    [GlobalSetup]
    public void SetUp() => _bench = new Bench(Variant);

    [GlobalCleanup]
    public void CleanUp() => _bench.Dispose();

    [Benchmark(OperationsPerInvoke = Calls)]
    public void Text() => Repeat(static bench => bench._bench.Service.Synchronous("question"));

    [Benchmark(OperationsPerInvoke = Calls)]
    public void LongText() => Repeat(static bench => bench._bench.Service.Synchronous(bench._longText));

    [Benchmark(OperationsPerInvoke = Calls)]
    public void Record() => Repeat(static bench => bench._bench.Service.Record(bench._record));

    [Benchmark(OperationsPerInvoke = Calls)]
    public void ListOfRecords() => Repeat(static bench => bench._bench.Service.List(bench._list));

    private void Repeat(Action<ArgumentBenchmarks> call)
    {
        using var root = _bench.OpenRoot();
        for (var count = 0; count < Calls; count++)
        {
            call(this);
        }
    }
}
