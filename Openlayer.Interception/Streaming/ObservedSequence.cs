using System.Collections;

namespace Openlayer.Interception.Streaming;

/// <summary>A lazy sequence whose enumerations are observed. The synchronous counterpart of <see cref="ObservedStream{T}"/>.</summary>
internal sealed class ObservedSequence<T>(IEnumerable<T> sequence, Enumeration<T> first) : IEnumerable<T>, IWrappedSequence
{
    private Enumerations<T> _enumerations = new(first);

    public IEnumerator<T> GetEnumerator()
    {
        var enumeration = _enumerations.Next();
        return new ObservedSequenceEnumerator<T>(sequence.GetEnumerator(), enumeration);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
