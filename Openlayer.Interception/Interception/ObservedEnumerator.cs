using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Interception;

/// <summary>
/// One enumeration of a stream. The observer's state surrounds each run of the stream's code, and only that: between items the
/// consumer's own is in place.
/// </summary>
internal sealed class ObservedEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly IAsyncEnumerator<T> _enumerator;
    private readonly StreamObserver<T> _observer;
    private bool _isMoving;

    private ObservedEnumerator(IAsyncEnumerator<T> enumerator, StreamObserver<T> observer)
    {
        _enumerator = enumerator;
        _observer = observer;
    }

    // The consumer dropped the enumeration half-way.
    ~ObservedEnumerator() => _observer.Ended(StreamEnd.Abandoned);

    public T Current => _enumerator.Current;

    public static ObservedEnumerator<T> Start(IAsyncEnumerable<T> stream, StreamObserver<T> observer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        var entered = observer.Enter();
        try
        {
            return new(stream.GetAsyncEnumerator(cancellationToken), observer);
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            observer.Leave(entered);
            if (failure is not null)
            {
                observer.Ended(EndOf(failure), failure);
            }
        }
    }

    public ValueTask<bool> MoveNextAsync()
    {
        Exception? failure = null;
        _observer.Asked();
        var entered = _observer.Enter();
        ValueTask<bool> moved;
        try
        {
            moved = _enumerator.MoveNextAsync();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            _observer.Leave(entered);
            if (failure is not null)
            {
                End(failure);
            }
        }

        return moved.IsCompletedSuccessfully ? new ValueTask<bool>(Moved(moved.Result)) : MovedAsync(moved);
    }

    public ValueTask DisposeAsync()
    {
        Exception? failure = null;
        var entered = _observer.Enter();
        ValueTask disposed;
        try
        {
            disposed = _enumerator.DisposeAsync();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            _observer.Leave(entered);

            // Refused because an item is still being waited for: the enumeration goes on.
            if (failure is not null && !_isMoving)
            {
                End(failure);
            }
        }

        if (!disposed.IsCompletedSuccessfully)
        {
            return DisposedAsync(disposed);
        }

        disposed.GetAwaiter().GetResult();
        End(StreamEnd.LeftEarly);
        return default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> MovedAsync(ValueTask<bool> pending)
    {
        bool moved;
        _isMoving = true;
        try
        {
            moved = await pending.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _isMoving = false;
            End(exception);
            throw;
        }

        _isMoving = false;
        return Moved(moved);
    }

    private async ValueTask DisposedAsync(ValueTask pending)
    {
        try
        {
            await pending.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!_isMoving)
            {
                End(exception);
            }

            throw;
        }

        End(StreamEnd.LeftEarly);
    }

    private bool Moved(bool hasItem)
    {
        if (hasItem)
        {
            Produced();
        }
        else
        {
            End(StreamEnd.Exhausted);
        }

        return hasItem;
    }

    private void Produced()
    {
        T item;
        try
        {
            item = _enumerator.Current;
        }
        catch
        {
            // The consumer meets the exception if and when it reads the item itself.
            return;
        }

        _observer.Produced(item);
    }

    private static StreamEnd EndOf(Exception failure) => failure is OperationCanceledException ? StreamEnd.Canceled : StreamEnd.Failed;

    private void End(Exception failure) => End(EndOf(failure), failure);

    private void End(StreamEnd end, Exception? failure = null)
    {
        GC.SuppressFinalize(this);
        _observer.Ended(end, failure);
    }
}
