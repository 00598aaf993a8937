using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Wraps functions that create streams. A method can take such a function and put it into a result that cannot be wrapped itself. Created
/// once for each type of function. Thread-safe.
/// </summary>
internal abstract class StreamFactoryWrapping
{
    private static readonly TypeCache<StreamFactoryWrapping?> Wrappings = new(Find);

    /// <summary>The wrapping for a type. Null unless it is a function of two parameters that returns an <see cref="IAsyncEnumerable{T}"/>.</summary>
    public static StreamFactoryWrapping? For(Type type) => Wrappings.Get(type);

    /// <summary>The function, wrapped: the call's observer observes the first stream it returns.</summary>
    public abstract object Wrap<TObserver>(object factory, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static StreamFactoryWrapping? Find(Type type) =>
        type.IsConstructedFrom(typeof(Func<,,>))
        && type.GetGenericArguments() is [var first, var second, var result]
        && result.IsConstructedFrom(typeof(IAsyncEnumerable<>))
            ? (StreamFactoryWrapping)Activator.CreateInstance(typeof(Of<,,>).MakeGenericType(first, second, result.GetGenericArguments()[0]))!
            : null;

    private sealed class Of<TFirst, TSecond, T> : StreamFactoryWrapping
    {
        public override object Wrap<TObserver>(object factory, TObserver observer) =>
            (Func<TFirst, TSecond, IAsyncEnumerable<T>>)new ObservedStreamFactory<TFirst, TSecond, T>(
                (Func<TFirst, TSecond, IAsyncEnumerable<T>>)factory,
                new(observer.OpenStream<T>())).Create;
    }
}
