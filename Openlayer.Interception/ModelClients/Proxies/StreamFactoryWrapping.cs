using System.Runtime.CompilerServices;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Wraps functions that create streams. A method can take such a function and put it into a result that cannot be wrapped itself. Created
/// once for each type of function. Thread-safe.
/// </summary>
internal abstract class StreamFactoryWrapping
{
    // Stands for types that are not such a function: the table's values cannot be null.
    private static readonly StreamFactoryWrapping None = new NoFactory();

    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, StreamFactoryWrapping> Wrappings = [];

    /// <summary>The wrapping for a type. Null unless it is a function of two parameters that returns an <see cref="IAsyncEnumerable{T}"/>.</summary>
    public static StreamFactoryWrapping? For(Type type) =>
        Wrappings.GetValue(type, Find) is var wrapping && ReferenceEquals(wrapping, None) ? null : wrapping;

    /// <summary>The function, wrapped: the call's observer observes the first stream it returns.</summary>
    public abstract object Wrap<TObserver>(object factory, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static StreamFactoryWrapping Find(Type type) =>
        type.IsGenericType
        && type.GetGenericTypeDefinition() == typeof(Func<,,>)
        && type.GetGenericArguments() is [var first, var second, { IsGenericType: true } result]
        && result.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)
            ? (StreamFactoryWrapping)Activator.CreateInstance(typeof(Of<,,>).MakeGenericType(first, second, result.GetGenericArguments()[0]))!
            : None;

    private sealed class NoFactory : StreamFactoryWrapping
    {
        public override object Wrap<TObserver>(object factory, TObserver observer) => factory;
    }

    private sealed class Of<TFirst, TSecond, T> : StreamFactoryWrapping
    {
        public override object Wrap<TObserver>(object factory, TObserver observer) =>
            (Func<TFirst, TSecond, IAsyncEnumerable<T>>)new ObservedStreamFactory<TFirst, TSecond, T>(
                (Func<TFirst, TSecond, IAsyncEnumerable<T>>)factory,
                new(observer.OpenStream<T>())).Create;
    }
}
