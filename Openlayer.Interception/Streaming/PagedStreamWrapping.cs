namespace Openlayer.Interception.Streaming;

/// <summary>Wraps results that are <see cref="PagedStream"/>s.</summary>
internal static class PagedStreamWrapping
{
    /// <summary>Returns the observed stream that replaces <paramref name="stream"/>. Null if it is not a paged stream.</summary>
    public static object? Wrap<T, TObserver>(object stream, Type declaredType, Type sequence, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        if (PagedStream.Of(stream.GetType(), sequence) is not { } paged || !declaredType.IsAssignableFrom(paged.ProxyBase))
        {
            return null;
        }

        var proxies = paged.Proxies<T>();
        return proxies(stream, observer.OpenStream<T>());
    }
}
