namespace Openlayer.Interception;

/// <summary>A destination of completed traces in addition to Openlayer. Add it to <see cref="OpenlayerOptions.Publishers"/>.</summary>
public interface ITracePublisher
{
    /// <summary>
    /// Publishes completed traces, in the order of their completion. Each publisher is called on a background thread, one call at a time,
    /// and never within a traced call. An exception is logged and reaches neither the application nor other publishers.
    /// </summary>
    /// <param name="traces">One or more completed traces. The publisher may keep the list.</param>
    /// <param name="cancellationToken">Cancelled when the time for the last flush runs out.</param>
    /// <returns>A task that completes when the traces are published. The next call waits for it.</returns>
    ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken);
}
