using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>Wraps lazy arguments in <see cref="RecordedSequence{T}"/>s. Created once for each parameter type. Thread-safe.</summary>
internal abstract class SequenceRecorder
{
    private static readonly TypeCache<SequenceRecorder?> Recorders = new(Find);

    /// <summary>The recorder for a parameter. Null unless its type is exactly <see cref="IEnumerable{T}"/>, which any wrapper can stand for.</summary>
    public static SequenceRecorder? For(Type parameterType) => Recorders.Get(parameterType);

    /// <summary>Wraps a sequence.</summary>
    /// <param name="sequence">The sequence, of the parameter's type.</param>
    /// <param name="maxItems">The maximum number of items that are kept.</param>
    /// <param name="recorded">Called with the items after each enumeration that got further than those before it. Must not throw.</param>
    public abstract object Record(object sequence, int maxItems, Action<RecordedItems> recorded);

    private static SequenceRecorder? Find(Type type) =>
        type.IsConstructedFrom(typeof(IEnumerable<>))
            ? (SequenceRecorder)Activator.CreateInstance(typeof(Of<>).MakeGenericType(type.GetGenericArguments()))!
            : null;

    private sealed class Of<T> : SequenceRecorder
    {
        public override object Record(object sequence, int maxItems, Action<RecordedItems> recorded) =>
            new RecordedSequence<T>((IEnumerable<T>)sequence, maxItems, recorded);
    }
}
