namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>A stream of a method that runs when its input is checked.</summary>
/// <param name="started">Ends with the stream. Its exception is that of the stream.</param>
internal sealed class DeferredStream<T>(Task<IAsyncEnumerable<T>> started) : IAsyncEnumerable<T>
{
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var stream = await started.ConfigureAwait(false);
        await foreach (var item in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return item;
        }
    }
}
