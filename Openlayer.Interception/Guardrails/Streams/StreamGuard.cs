using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>Guards streams whose type of items is known at run time only. Created once for each type.</summary>
internal abstract class StreamGuard
{
    private static readonly TypeCache<StreamGuard> Guards = new(static item => (StreamGuard)Activator.CreateInstance(typeof(OfItems<>).MakeGenericType(item))!);

    public static StreamGuard Of(Type itemType) => Guards.Get(itemType);

    /// <summary>Returns the guarded stream in place of an <see cref="IAsyncEnumerable{T}"/>.</summary>
    public abstract object Guard(GuardedCall call, object stream);

    /// <summary>Returns the guarded sequence in place of a lazy <see cref="IEnumerable{T}"/>.</summary>
    public abstract object GuardSequence(GuardedCall call, object sequence);

    private sealed class OfItems<T> : StreamGuard
    {
        public override object Guard(GuardedCall call, object stream) => new GuardedStream<T>(call, (IAsyncEnumerable<T>)stream);

        public override object GuardSequence(GuardedCall call, object sequence) => new GuardedSequence<T>(call, (IEnumerable<T>)sequence);
    }
}
