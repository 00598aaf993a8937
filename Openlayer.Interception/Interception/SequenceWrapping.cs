namespace Openlayer.Interception.Interception;

/// <summary>
/// Wraps results declared as <see cref="IEnumerable{T}"/> that a compiler iterator makes, and paged streams. A collection is no stream, and
/// LINQ's operators know each other by their types.
/// </summary>
internal sealed class SequenceWrapping<T> : StreamWrapping
{
    public override object? Wrap<TObserver>(object result, TObserver observer) =>
        result is IEnumerable<T> sequence && (StreamTypes.Of(result.GetType()).IsIterator || result is ObservedSequence<T>)
            ? new ObservedSequence<T>(sequence, observer.OpenStream<T>())
            : PagedStreamWrapping.Wrap<T, TObserver>(result, typeof(IEnumerable<T>), observer);
}
