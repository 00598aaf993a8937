namespace Openlayer.Interception.Streaming;

/// <summary>
/// Wraps results declared as <see cref="IEnumerable{T}"/> that are compiler-generated iterators or paged streams. Other sequences are returned
/// unchanged: collections are not streams, and LINQ operators recognise each other by type.
/// </summary>
internal sealed class SequenceWrapping<T>(Type declaredType) : StreamWrapping
{
    public override object? Wrap<TObserver>(object result, TObserver observer)
    {
        var types = StreamTypes.Of(result.GetType());
        if (result is not IEnumerable<T> sequence)
        {
            return null;
        }

        if (!(types.IsIterator || types.IsWrappedSequence))
        {
            return PagedStreamWrapping.Wrap<T, TObserver>(result, declaredType, typeof(IEnumerable<T>), observer);
        }

        if (types.SequenceInterface != typeof(IEnumerable<T>))
        {
            // A sequence of strings that is declared as a sequence of objects stays a sequence of strings.
            return types.SequenceInterface is null ? null : For(types.SequenceInterface)?.Wrap(result, observer);
        }

        return new ObservedSequence<T>(sequence, new(observer.OpenStream<T>()));
    }
}
