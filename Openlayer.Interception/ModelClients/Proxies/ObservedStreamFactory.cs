using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>A function whose streams are observed, as <see cref="ObservedStream{T}"/>'s enumerations are.</summary>
internal sealed class ObservedStreamFactory<TFirst, TSecond, T>(Func<TFirst, TSecond, IAsyncEnumerable<T>> producer, Enumeration<T> first)
{
    private Enumerations<T> _streams = new(first);

    public IAsyncEnumerable<T> Produce(TFirst first, TSecond second)
    {
        var enumeration = _streams.Next();
        return new ObservedStream<T>(producer(first, second), enumeration);
    }
}
