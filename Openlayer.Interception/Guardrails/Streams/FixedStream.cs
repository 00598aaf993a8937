namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>A stream of known items, in place of one that was blocked.</summary>
/// <param name="items">The items. Null for none.</param>
internal sealed class FixedStream<T>(T[]? items) : IAsyncEnumerable<T>
{
    public async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await default(ValueTask).ConfigureAwait(false);
        foreach (var item in items ?? [])
        {
            yield return item;
        }
    }
}
