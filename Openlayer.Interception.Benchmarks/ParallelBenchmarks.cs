using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The same number of calls by each of several threads, each under a root of its own: as long for two as for one, if they do not disturb each other.</summary>
public class ParallelBenchmarks
{
    private const int Calls = 9;
    private const int Roots = 10_000;

    private Bench _bench = null!;
    private Barrier _barrier = null!;
    private Thread[] _threads = [];
    private volatile bool _isOver;

    [Params(Variant.Castle, Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Traced)]
    public Variant Variant { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _bench = new Bench(Variant);
        _barrier = new Barrier(Threads);
        _threads = [.. Enumerable.Range(1, Threads - 1).Select(_ => new Thread(RunAgainAndAgain) { IsBackground = true })];
        Array.ForEach(_threads, static thread => thread.Start());
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _isOver = true;
        _barrier.SignalAndWait();
        Array.ForEach(_threads, static thread => thread.Join());
        _barrier.Dispose();
        _bench.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Roots * Calls)]
    public void Synchronous()
    {
        _barrier.SignalAndWait();
        Run();
        _barrier.SignalAndWait();
    }

    private void RunAgainAndAgain()
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_isOver)
            {
                return;
            }

            Run();
            _barrier.SignalAndWait();
        }
    }

    private void Run()
    {
        for (var root = 0; root < Roots; root++)
        {
            using var opened = _bench.OpenRoot();
            for (var call = 0; call < Calls; call++)
            {
                _bench.Service.Synchronous("question");
            }
        }
    }
}
