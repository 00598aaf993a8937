using System.Runtime.CompilerServices;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>Makes <see cref="RecordedSequence{T}"/>s of arguments whose parameter is an <see cref="IEnumerable{T}"/>. Found once for each type.</summary>
internal abstract class SequenceRecorder
{
    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, SequenceRecorder> Recordings = [];

    /// <summary>The recording for a parameter's type. Null if the type is any but <see cref="IEnumerable{T}"/>: it would be another one.</summary>
    public static SequenceRecorder? For(Type parameterType) =>
        parameterType.IsGenericType && parameterType.GetGenericTypeDefinition() == typeof(IEnumerable<>)
            ? Recordings.GetValue(
                parameterType,
                static found => (SequenceRecorder)Activator.CreateInstance(typeof(Of<>).MakeGenericType(found.GetGenericArguments()))!)
            : null;

    public abstract object Record(object sequence, Action<IReadOnlyCollection<object?>> recorded);

    private sealed class Of<T> : SequenceRecorder
    {
        public override object Record(object sequence, Action<IReadOnlyCollection<object?>> recorded) =>
            new RecordedSequence<T>((IEnumerable<T>)sequence, recorded);
    }
}
