namespace Openlayer.Interception.Interception;

/// <summary>
/// Wraps results declared as <see cref="IEnumerable{T}"/> that a compiler iterator makes. A collection is no stream, and LINQ's operators
/// know each other by their types.
/// </summary>
internal sealed class SequenceWrapping<T> : StreamWrapping
{
    public override object? Wrap<TObserver>(object result, TObserver observer)
    {
        var types = StreamTypes.Of(result.GetType());
        if (result is not IEnumerable<T> sequence || !(types.IsIterator || types.IsObservedSequence))
        {
            return null;
        }

        if (types.SequenceInterface != typeof(IEnumerable<T>))
        {
            // A sequence of strings that is returned as one of objects stays one of strings.
            return types.SequenceInterface is null ? null : For(types.SequenceInterface)?.Wrap(result, observer);
        }

        return new ObservedSequence<T>(sequence, observer.OpenStream<T>());
    }
}
