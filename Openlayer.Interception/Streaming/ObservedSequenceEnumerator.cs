using System.Collections;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>Enumerates a lazy sequence and observes it. The synchronous counterpart of <see cref="ObservedEnumerator{T}"/>.</summary>
internal sealed class ObservedSequenceEnumerator<T>(IEnumerator<T> enumerator, Enumeration<T> enumeration) : IEnumerator<T>
{
    private AmbientScope _scope = enumeration.Observer.Scope;

    public T Current => enumerator.Current;

    object? IEnumerator.Current => Current;

    public bool MoveNext()
    {
        Exception? failure = null;
        enumeration.Observer.OnMoveNext();
        var entered = _scope.Enter();
        bool moved;
        try
        {
            moved = enumerator.MoveNext();
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            _scope.Leave(entered);
            Failed(failure);
        }

        if (moved)
        {
            Produced();
        }
        else
        {
            enumeration.Ended(StreamEnd.Exhausted);
        }

        return moved;
    }

    public void Dispose()
    {
        Exception? failure = null;
        var entered = _scope.Enter();
        try
        {
            enumerator.Dispose();
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            _scope.Leave(entered);
            Failed(failure);
        }

        enumeration.Ended(StreamEnd.LeftEarly);
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
            // The consumer gets the exception when it reads the item itself.
            return;
        }

        enumeration.Observer.OnItem(item);
    }

    private void Failed(Exception? failure)
    {
        if (failure is not null)
        {
            enumeration.Failed(failure);
        }
    }
}
