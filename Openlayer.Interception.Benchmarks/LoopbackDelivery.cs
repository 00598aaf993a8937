using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>Traces of a root and nine calls, and the server on loopback that they are sent to, if they are.</summary>
internal sealed class LoopbackDelivery : IDisposable
{
    private readonly DrainingServer _server = DrainingServer.Start();
    private readonly IContainer _container;
    private readonly OpenlayerTracer _tracer;
    private readonly IWorkService _service;

    public LoopbackDelivery(bool isSent)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            _server.Configure(options);
            options.SendToOpenlayer = isSent;
        });
        builder.RegisterInstance(new WorkService(new Suspension())).As<IWorkService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
        _tracer = _container.Resolve<OpenlayerTracer>();
        _service = _container.Resolve<IWorkService>();
    }

    public void Complete(int traces)
    {
        for (var trace = 0; trace < traces; trace++)
        {
            using var root = _tracer.StartStep("root");
            for (var call = 0; call < 9; call++)
            {
                _service.Synchronous("question");
            }
        }
    }

    public Task FlushAsync() => _tracer.FlushAsync();

    public void Dispose()
    {
        _container.Dispose();
        _server.Dispose();
    }
}
