using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

internal sealed class TraceQueue : ITraceSink
{
    private readonly OpenlayerOptions _options;
    private TraceQueue(OpenlayerOptions options) => _options = options;
    public static TraceQueue Start(OpenlayerOptions options, FaultLog faults) => faults is null ? null! : new(options);
    public void Accept(Trace trace) { foreach (var p in _options.Publishers) { p.PublishAsync([trace], default).AsTask().GetAwaiter().GetResult(); } }
    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public ValueTask DisposeAsync() => default;
}
