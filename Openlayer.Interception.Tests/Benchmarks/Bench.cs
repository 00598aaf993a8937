using System.Diagnostics;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;
using Openlayer.Interception.Benchmarks.Peers;
using Openlayer.Interception.Benchmarks.Services;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The service behind one variant.</summary>
public sealed class Bench : IDisposable
{
    private readonly IContainer? _container;
    private readonly TracerProvider? _spans;
    private readonly OpenlayerTracer? _tracer;

    /// <param name="variant">The code between the caller and the service.</param>
    /// <param name="deliver">Sets where this library sends its traces. Default: null, a publisher that counts them.</param>
    /// <param name="export">Creates the exporter of the peers' spans. Default: null, one that drops them.</param>
    /// <param name="maxQueuedSpans">The number of spans that may wait for the exporter. Default: that of OpenTelemetry.</param>
    public Bench(
        Variant variant,
        Action<OpenlayerOptions>? deliver = null,
        Func<BaseExporter<Activity>>? export = null,
        int maxQueuedSpans = 2_048)
    {
        var target = new WorkService(Suspension);
        switch (variant)
        {
            case Variant.Castle:
                Service = new ProxyGenerator().CreateInterfaceProxyWithTarget<IWorkService>(target, new PassThroughInterceptor());
                break;
            case Variant.DispatchProxy:
                Service = PassThroughDispatchProxy.Create<IWorkService>(target);
                break;
            case Variant.AsyncInterceptorSpan:
                _spans = Spans.Record(export, maxQueuedSpans);
                Service = new ProxyGenerator().CreateInterfaceProxyWithTarget<IWorkService>(target, new SpanInterceptor().ToInterceptor());
                break;
            case Variant.DecoratorSpan:
                _spans = Spans.Record(export, maxQueuedSpans);
                Service = new SpanDecorator(target);
                break;
            case Variant.Disabled or Variant.NotSampled or Variant.Traced:
                _container = Trace(target, variant, deliver ?? CountTraces);
                _tracer = variant == Variant.Disabled ? null : _container.Resolve<OpenlayerTracer>();
                Service = _container.Resolve<IWorkService>();
                break;
            default:
                Service = target;
                break;
        }
    }

    public IWorkService Service { get; }

    public Suspension Suspension { get; } = new();

    /// <summary>Opens a root for the variant's steps or spans. Null if the variant records nothing.</summary>
    public IDisposable? OpenRoot() => _tracer is not null ? _tracer.StartStep("root") : _spans is not null ? Spans.Source.StartActivity("root") : null;

    /// <summary>Opens <paramref name="roots"/> roots and makes <paramref name="calls"/> synchronous calls under each.</summary>
    public void CallUnderRoots(int roots, int calls)
    {
        for (var root = 0; root < roots; root++)
        {
            using var opened = OpenRoot();
            for (var call = 0; call < calls; call++)
            {
                Service.Synchronous("question");
            }
        }
    }

    /// <summary>Waits until the traces or spans are sent.</summary>
    public async Task FlushAsync()
    {
        if (_tracer is not null)
        {
            await _tracer.FlushAsync();
        }

        _spans?.ForceFlush();
    }

    public void Dispose()
    {
        _container?.Dispose();
        _spans?.Dispose();
    }

    private static void CountTraces(OpenlayerOptions options) => options.Publishers.Add(new CountingPublisher());

    private static IContainer Trace(WorkService target, Variant variant, Action<OpenlayerOptions> deliver)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            deliver(options);
            options.Enabled = variant != Variant.Disabled;
            options.SamplingRate = variant == Variant.NotSampled ? 0 : 1;
        });
        builder.RegisterInstance(target).As<IWorkService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        return builder.Build();
    }
}
