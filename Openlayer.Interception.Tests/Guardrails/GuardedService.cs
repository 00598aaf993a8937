using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A traced proxy of a test's own service, with guardrails for all of its methods.</summary>
internal sealed class GuardedService<TService> : IAsyncDisposable
    where TService : class
{
    private readonly InMemoryTracePublisher _publisher = new();

    public GuardedService(TService target, IGuardrail[] guardrails, Action<GuardrailRegistration>? configure = null, Action<OpenlayerOptions>? options = null)
    {
        var all = new OpenlayerOptions { SendToOpenlayer = false, LoggerFactory = Log };
        all.Publishers.Add(_publisher);
        foreach (var guardrail in guardrails)
        {
            var registration = all.Guardrails.Add(guardrail, static _ => true);
            configure?.Invoke(registration);
        }

        options?.Invoke(all);
        Tracer = new OpenlayerTracer(all);
        Service = Tracer.Intercept(target);
    }

    public RecordedLog Log { get; } = new();

    public OpenlayerTracer Tracer { get; }

    public TService Service { get; }

    public async Task<IReadOnlyList<OpenlayerTrace>> TracesAsync()
    {
        await Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return _publisher.Traces;
    }

    public async Task<Step> RootAsync() => Assert.Single(await TracesAsync()).Root;

    public ValueTask DisposeAsync() => Tracer.DisposeAsync();
}
