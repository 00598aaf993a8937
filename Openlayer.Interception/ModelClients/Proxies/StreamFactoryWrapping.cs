using System.Runtime.CompilerServices;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Wraps functions that make streams, where a method is given one and puts it into a result that cannot be replaced. Found once for each
/// type of function.
/// </summary>
internal abstract class StreamFactoryWrapping
{
    // The table's values cannot be null: types that are no such function have this one.
    private static readonly StreamFactoryWrapping None = new NoProducer();

    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, StreamFactoryWrapping> Wrappings = [];

    /// <summary>The wrapping for a type. Null if it is no function of two parameters that makes a stream.</summary>
    public static StreamFactoryWrapping? For(Type type) =>
        Wrappings.GetValue(type, Find) is var wrapping && ReferenceEquals(wrapping, None) ? null : wrapping;

    /// <summary>A function whose first stream is told to the call's observer.</summary>
    public abstract object Wrap<TObserver>(object producer, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static StreamFactoryWrapping Find(Type type) =>
        type.IsGenericType
        && type.GetGenericTypeDefinition() == typeof(Func<,,>)
        && type.GetGenericArguments() is [var first, var second, { IsGenericType: true } result]
        && result.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>)
            ? (StreamFactoryWrapping)Activator.CreateInstance(typeof(Of<,,>).MakeGenericType(first, second, result.GetGenericArguments()[0]))!
            : None;

    private sealed class NoProducer : StreamFactoryWrapping
    {
        public override object Wrap<TObserver>(object producer, TObserver observer) => producer;
    }

    private sealed class Of<TFirst, TSecond, T> : StreamFactoryWrapping
    {
        public override object Wrap<TObserver>(object producer, TObserver observer) =>
            (Func<TFirst, TSecond, IAsyncEnumerable<T>>)new ObservedStreamFactory<TFirst, TSecond, T>(
                (Func<TFirst, TSecond, IAsyncEnumerable<T>>)producer,
                new(observer.OpenStream<T>())).Produce;
    }
}
