namespace Openlayer.Interception;

/// <summary>Where completed traces go besides Openlayer. Add implementations to <see cref="OpenlayerOptions.Publishers"/>.</summary>
public interface ITracePublisher
{
    /// <summary>
    /// Takes completed traces, in the order of their completion. Called on a background thread, one call at a time for each publisher,
    /// never inside a traced call. An exception is logged and does not reach the application or other publishers.
    /// </summary>
    /// <param name="traces">Completed traces; at least one. The list is not reused afterwards.</param>
    /// <param name="cancellationToken">Cancelled when the time for a last flush has run out.</param>
    ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken);
}
