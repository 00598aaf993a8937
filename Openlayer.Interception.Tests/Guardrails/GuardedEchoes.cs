using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A traced proxy of <see cref="Echoes"/> with guardrails.</summary>
internal sealed class GuardedEchoes : IAsyncDisposable
{
    private readonly GuardedService<IEchoes> _guarded;

    public GuardedEchoes(IGuardrail guardrail, Echoes? target = null, Action<GuardrailRegistration>? configure = null, Action<OpenlayerOptions>? options = null)
        : this([guardrail], target, configure, options)
    {
    }

    public GuardedEchoes(IGuardrail[] guardrails, Echoes? target = null, Action<GuardrailRegistration>? configure = null, Action<OpenlayerOptions>? options = null)
    {
        Target = target ?? new Echoes();
        _guarded = new GuardedService<IEchoes>(Target, guardrails, configure, options);
    }

    public RecordedLog Log => _guarded.Log;

    public Echoes Target { get; }

    public OpenlayerTracer Tracer => _guarded.Tracer;

    public IEchoes Service => _guarded.Service;

    /// <summary>Calls a member. Returns its whole answer as one text, null if it is null.</summary>
    public Task<string?> CallAsync(EchoShape shape, string question = "question") => CallAsync(Service, shape, question);

    public static async Task<string?> CallAsync(IEchoes service, EchoShape shape, string question) => shape switch
    {
        EchoShape.Value => service.Value(question),
        EchoShape.TaskOf => await service.TaskOf(question),
        EchoShape.ValueTaskOf => await service.ValueTaskOf(question),
        EchoShape.Stream => await JoinAsync(service.Stream(question)),
        EchoShape.TaskOfStream => await JoinAsync(await service.TaskOfStream(question)),
        EchoShape.ValueTaskOfStream => await JoinAsync(await service.ValueTaskOfStream(question)),
        EchoShape.Sequence => Join(service.Sequence(question)),
        EchoShape.TaskOfSequence => Join(await service.TaskOfSequence(question)),
        EchoShape.List => Join(service.List(question)),
        _ => service.TryAnswer(question, out var answer) ? answer : answer ?? "(false)",
    };

    public Task<IReadOnlyList<OpenlayerTrace>> TracesAsync() => _guarded.TracesAsync();

    public Task<Step> RootAsync() => _guarded.RootAsync();

    public ValueTask DisposeAsync() => _guarded.DisposeAsync();

    private static string? Join(IEnumerable<string>? items) => items is null ? null : string.Concat(items);

    private static async Task<string?> JoinAsync(IAsyncEnumerable<string>? items)
    {
        if (items is null)
        {
            return null;
        }

        var text = "";
        await foreach (var item in items)
        {
            text += item;
        }

        return text;
    }
}
