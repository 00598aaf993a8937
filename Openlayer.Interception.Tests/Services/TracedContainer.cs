using Autofac;
using Autofac.Extras.DynamicProxy;

namespace Openlayer.Interception.Tests.Services;

/// <summary>An Autofac container with Openlayer, whose traces are kept in memory.</summary>
internal sealed class TracedContainer : IAsyncDisposable
{
    private readonly InMemoryTracePublisher _publisher = new();
    private readonly IContainer _container;
    private readonly ILifetimeScope _scope;

    public TracedContainer(Action<ContainerBuilder>? register = null, Action<OpenlayerOptions>? configure = null)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(_publisher);
            configure?.Invoke(options);
        });
        register?.Invoke(builder);
        _container = builder.Build();
        _scope = _container.BeginLifetimeScope();
        Options = _container.Resolve<OpenlayerOptions>();
        Tracer = _container.Resolve<OpenlayerTracer>();
    }

    public TracedContainer(RegistrationStyle registration, Action<OpenlayerOptions>? configure = null)
        : this(builder => RegisterWork(builder, registration), configure)
    {
    }

    public OpenlayerOptions Options { get; }

    public OpenlayerTracer Tracer { get; }

    /// <summary>The service, resolved from the request's scope.</summary>
    public IWork Work => Resolve<IWork>();

    /// <summary>The input <c>name</c> of the ambient step. Null without a step.</summary>
    public string? Current => Tracer.CurrentStep is { } step ? Tree.Label(step) : null;

    public T Resolve<T>()
        where T : notnull => _scope.Resolve<T>();

    public ILifetimeScope BeginScope() => _container.BeginLifetimeScope();

    /// <summary>The traces completed so far.</summary>
    public async Task<IReadOnlyList<OpenlayerTrace>> TracesAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return _publisher.Traces;
    }

    /// <summary>The only trace completed so far.</summary>
    public async Task<OpenlayerTrace> TraceAsync() => Assert.Single(await TracesAsync());

    /// <summary>The step trees of the traces completed so far: <c>request(first, second(third))</c>.</summary>
    public async Task<string> TreesAsync() => string.Join("; ", (await TracesAsync()).Select(static trace => Tree.Of(trace.Root)));

    public async ValueTask DisposeAsync()
    {
        await _scope.DisposeAsync();
        await _container.DisposeAsync();
    }

    private static void RegisterWork(ContainerBuilder builder, RegistrationStyle registration)
    {
        var work = builder.RegisterType<Work>().As<IWork>();
        _ = registration is RegistrationStyle.InterfaceProxyScoped or RegistrationStyle.ClassProxyScoped
            ? work.InstancePerLifetimeScope()
            : work.SingleInstance();
        _ = registration is RegistrationStyle.InterfaceProxySingleton or RegistrationStyle.InterfaceProxyScoped
            ? work.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor))
            : work.EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    }
}
