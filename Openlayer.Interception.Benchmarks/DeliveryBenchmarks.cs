using Autofac;
using Autofac.Extras.DynamicProxy;
using BenchmarkDotNet.Attributes;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// Traces of a root and nine calls, from the first call to the acknowledgement of a server on loopback, which takes its share of the same
/// processors; and what the calls that complete them pay for that.
/// </summary>
[MemoryDiagnoser]
public class DeliveryBenchmarks
{
    // Below OpenlayerOptions.MaxQueueLength, so that nothing is dropped where nobody has waited yet.
    private const int Burst = 2_000;
    private const int Bursts = 10;

    private DrainingServer _server = null!;
    private IContainer _container = null!;
    private OpenlayerTracer _tracer = null!;
    private IWorkService _service = null!;

    [Params(true, false)]
    public bool IsSent { get; set; }

    [GlobalSetup]
    public async Task SetUp()
    {
        _server = DrainingServer.Start();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            _server.Configure(options);
            options.SendToOpenlayer = IsSent;
        });
        builder.RegisterInstance(new WorkService(new Suspension())).As<IWorkService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
        _tracer = _container.Resolve<OpenlayerTracer>();
        _service = _container.Resolve<IWorkService>();

        // A burst an iteration is too few for its code to be compiled for good meanwhile.
        for (var round = 0; round < 10; round++)
        {
            await CompleteAndDeliver();
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _container.Dispose();
        _server.Dispose();
    }

    [IterationSetup(Target = nameof(Complete))]
    public void Acknowledge() => _tracer.FlushAsync().GetAwaiter().GetResult();

    /// <summary>The calls alone: what they cost more where traces are sent is the enqueue.</summary>
    [Benchmark(OperationsPerInvoke = Burst)]
    public void Complete()
    {
        for (var trace = 0; trace < Burst; trace++)
        {
            using var root = _tracer.StartStep("root");
            for (var call = 0; call < 9; call++)
            {
                _service.Synchronous("question");
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Burst * Bursts)]
    public async Task CompleteAndDeliver()
    {
        for (var burst = 0; burst < Bursts; burst++)
        {
            Complete();
            await _tracer.FlushAsync();
        }
    }
}
