namespace Openlayer.Interception.Streaming;

/// <summary>A stream whose enumerations are observed.</summary>
internal sealed class ObservedStream<T>(IAsyncEnumerable<T> stream, Enumeration<T> first) : IAsyncEnumerable<T>
{
    private Enumerations<T> _enumerations = new(first);

    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        ObservedEnumerator<T>.Start(stream, _enumerations.Next(), cancellationToken);
}
