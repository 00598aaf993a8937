using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>Wraps a function that creates streams: each stream it returns is an observed enumeration.</summary>
internal sealed class ObservedStreamFactory<TFirst, TSecond, T>(Func<TFirst, TSecond, IAsyncEnumerable<T>> factory, Enumeration<T> first)
{
    private Enumerations<T> _streams = new(first);

    public IAsyncEnumerable<T> Create(TFirst first, TSecond second)
    {
        var enumeration = _streams.Next();
        return new ObservedStream<T>(factory(first, second), enumeration);
    }
}
