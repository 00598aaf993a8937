namespace Openlayer.Interception.Interception;

/// <summary>Wraps results declared as <see cref="IAsyncEnumerable{T}"/>, or as a class that is one.</summary>
internal sealed class AsyncStreamWrapping<T> : StreamWrapping
{
    public override object? Wrap<TObserver>(object result, TObserver observer)
    {
        if (result is not IAsyncEnumerable<T> stream)
        {
            return null;
        }

        return StreamTypes.Of(result.GetType()) switch
        {
            { OffersOnlyAStream: true } => new ObservedStream<T>(stream, observer.OpenStream<T>()),
            { ProxyBase: { } proxyBase } => StreamClassInterceptor<T>.Proxy(proxyBase, stream, observer),
            _ => PagedStreamWrapping.Wrap<T, TObserver>(result, typeof(IAsyncEnumerable<T>), observer),
        };
    }
}
