namespace Openlayer.Interception.Streaming;

/// <summary>Wraps results declared as <see cref="IAsyncEnumerable{T}"/>, or as a class that implements it.</summary>
/// <param name="declaredType">The declared type, to which a wrapper must be assignable.</param>
internal sealed class AsyncStreamWrapping<T>(Type declaredType) : StreamWrapping
{
    public override object? Wrap<TObserver>(object result, TObserver observer)
    {
        if (result is not IAsyncEnumerable<T> stream)
        {
            return null;
        }

        var types = StreamTypes.Of(result.GetType());
        if (types.StreamInterface != typeof(IAsyncEnumerable<T>))
        {
            // A stream of strings that is declared as a stream of objects stays a stream of strings.
            return types.StreamInterface is null ? null : For(types.StreamInterface)?.Wrap(result, observer);
        }

        if (types.HasOnlyStreamMembers && declaredType.IsInterface)
        {
            return new ObservedStream<T>(stream, new(observer.OpenStream<T>()));
        }

        return declaredType.IsAssignableFrom(types.ProxyBase)
            ? StreamClassInterceptor<T>.Proxy(types.ProxyBase, stream, observer)
            : PagedStreamWrapping.Wrap<T, TObserver>(result, declaredType, typeof(IAsyncEnumerable<T>), observer);
    }
}
