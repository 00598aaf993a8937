using Autofac;
using BenchmarkDotNet.Attributes;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>One step of a deep or wide trace, from its start to the acknowledgement. The cost per step is constant if all work is linear.</summary>
[MemoryDiagnoser]
public class ShapeBenchmarks
{
    private DrainingServer _server = null!;
    private IContainer _container = null!;
    private OpenlayerTracer _tracer = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _server = DrainingServer.Start();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(_server.Configure);
        _container = builder.Build();
        _tracer = _container.Resolve<OpenlayerTracer>();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _container.Dispose();
        _server.Dispose();
    }

    [Benchmark(OperationsPerInvoke = 10_000)]
    public Task ChainOf10000() => Chain(10_000);

    [Benchmark(OperationsPerInvoke = 100_000)]
    public Task ChainOf100000() => Chain(100_000);

    [Benchmark(OperationsPerInvoke = 10_000)]
    public Task ParentOf10000() => Parent(10_000);

    [Benchmark(OperationsPerInvoke = 100_000)]
    public Task ParentOf100000() => Parent(100_000);

    private Task Chain(int depth)
    {
        var scopes = new Stack<StepScope>();
        for (var level = 0; level < depth; level++)
        {
            scopes.Push(_tracer.StartStep("step"));
        }

        while (scopes.TryPop(out var scope))
        {
            scope.Dispose();
        }

        return _tracer.FlushAsync();
    }

    private Task Parent(int width)
    {
        using (_tracer.StartStep("parent"))
        {
            for (var child = 0; child < width; child++)
            {
                _tracer.StartStep("child").Dispose();
            }
        }

        return _tracer.FlushAsync();
    }
}
