using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A container that registers services with <see cref="OpenlayerInterceptor"/> as users do.</summary>
internal sealed class ProxiedServices : IDisposable
{
    private readonly IContainer _container;

    public ProxiedServices(Action<ContainerBuilder> register, Action<OpenlayerOptions>? configure = null)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            configure?.Invoke(options);
        });
        register(builder);
        _container = builder.Build();
        Tracer = _container.Resolve<OpenlayerTracer>();
    }

    public OpenlayerTracer Tracer { get; }

    public TService Resolve<TService>()
        where TService : class => _container.Resolve<TService>();

    /// <summary>Creates a container with one service.</summary>
    public static ProxiedServices Of<TImplementation, TService>(Action<OpenlayerOptions>? configure = null)
        where TImplementation : class, TService
        where TService : class => new(Proxy<TImplementation, TService>, configure);

    /// <summary>Registers a service with its proxy.</summary>
    public static void Proxy<TImplementation, TService>(ContainerBuilder builder)
        where TImplementation : class, TService
        where TService : class => builder.RegisterType<TImplementation>().As<TService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));

    public void Dispose() => _container.Dispose();
}
