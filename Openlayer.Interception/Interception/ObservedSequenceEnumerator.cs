using System.Collections;

namespace Openlayer.Interception.Interception;

/// <summary>One enumeration of a lazy sequence, as <see cref="ObservedEnumerator{T}"/> is of a stream.</summary>
internal sealed class ObservedSequenceEnumerator<T>(IEnumerator<T> enumerator, StreamObserver<T> observer, StreamHold<T>? hold) : IEnumerator<T>
{
    public T Current => enumerator.Current;

    object? IEnumerator.Current => Current;

    public bool MoveNext()
    {
        Exception? failure = null;
        observer.Asked();
        var entered = observer.Enter();
        bool moved;
        try
        {
            moved = enumerator.MoveNext();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            observer.Leave(entered);
            End(failure);
        }

        if (moved)
        {
            Produced();
        }
        else
        {
            End(StreamEnd.Exhausted);
        }

        return moved;
    }

    public void Dispose()
    {
        Exception? failure = null;
        var entered = observer.Enter();
        try
        {
            enumerator.Dispose();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            observer.Leave(entered);
            End(failure);
        }

        End(StreamEnd.LeftEarly);
    }

    public void Reset() => enumerator.Reset();

    private void Produced()
    {
        T item;
        try
        {
            item = enumerator.Current;
        }
        catch
        {
            // The consumer meets the exception if and when it reads the item itself.
            return;
        }

        observer.Produced(item);
    }

    private void End(Exception? failure)
    {
        if (failure is not null)
        {
            End(StreamObserver<T>.EndOf(failure), failure);
        }
    }

    private void End(StreamEnd end, Exception? failure = null)
    {
        hold?.Release();
        observer.Ended(end, failure);
    }
}
