using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Openlayer.Interception.Interception;

/// <summary>
/// One enumeration of a stream. The observer's state surrounds each run of the stream's code, and only that: between items the
/// consumer's own is in place.
/// </summary>
internal sealed class ObservedEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly IAsyncEnumerator<T> _enumerator;
    private readonly StreamObserver<T> _observer;
    private readonly StreamHold<T>? _hold;

    // What the compiler makes of yield return puts exceptions into the task, all of them: it needs no frame for those that are thrown.
    private readonly bool _isIterator;

    private PendingItem? _pending;
    private bool _isMoving;

    private ObservedEnumerator(IAsyncEnumerator<T> enumerator, StreamObserver<T> observer, StreamHold<T>? hold)
    {
        _enumerator = enumerator;
        _observer = observer;
        _hold = hold;
        _isIterator = enumerator is IAsyncStateMachine && StreamTypes.Of(enumerator.GetType()).IsIterator;
    }

    public T Current => _enumerator.Current;

    public static ObservedEnumerator<T> Start(
        IAsyncEnumerable<T> stream, StreamObserver<T> observer, StreamHold<T>? hold, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        var entered = observer.Enter();
        try
        {
            return new(stream.GetAsyncEnumerator(cancellationToken), observer, hold);
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
                observer.Ended(StreamObserver<T>.EndOf(failure), failure);
            }
        }
    }

    public ValueTask<bool> MoveNextAsync()
    {
        _observer.Asked();
        var entered = _observer.Enter();
        var moved = _isIterator ? _enumerator.MoveNextAsync() : Move(entered);
        _observer.Leave(entered);
        if (!_observer.IsTold)
        {
            return moved;
        }

        return moved.IsCompletedSuccessfully ? new ValueTask<bool>(Moved(moved.Result)) : Await(moved);
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

        if (!_observer.IsTold)
        {
            return disposed;
        }

        if (!disposed.IsCompletedSuccessfully)
        {
            return DisposedAsync(disposed);
        }

        disposed.GetAwaiter().GetResult();
        End(StreamEnd.LeftEarly);
        return default;
    }

    private ValueTask<bool> Move(object entered)
    {
        Exception? failure = null;
        try
        {
            return _enumerator.MoveNextAsync();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            if (failure is not null)
            {
                _observer.Leave(entered);
                End(failure);
            }
        }
    }

    private ValueTask<bool> Await(ValueTask<bool> moved)
    {
        _isMoving = true;
        if (_pending is not { IsFree: true })
        {
            _pending = new PendingItem(this);
        }

        return _pending.Await(moved);
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

    private void End(Exception failure) => End(StreamObserver<T>.EndOf(failure), failure);

    private void End(StreamEnd end, Exception? failure = null)
    {
        _hold?.Release();
        _observer.Ended(end, failure);
    }

    /// <summary>
    /// An item that is waited for, as the consumer waits for it. Free for the next item as soon as the consumer has been told of this one,
    /// so that waiting costs a stream one object, not one an item.
    /// </summary>
    private sealed class PendingItem : IValueTaskSource<bool>
    {
        private readonly ObservedEnumerator<T> _enumerator;
        private readonly Action _continue;
        private ManualResetValueTaskSourceCore<bool> _source;
        private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _moved;

        public PendingItem(ObservedEnumerator<T> enumerator)
        {
            _enumerator = enumerator;
            _continue = Continue;
        }

        public bool IsFree { get; private set; }

        public ValueTask<bool> Await(ValueTask<bool> moved)
        {
            IsFree = false;
            _moved = moved.ConfigureAwait(false).GetAwaiter();

            var pending = new ValueTask<bool>(this, _source.Version);
            if (_moved.IsCompleted)
            {
                Continue();
            }
            else
            {
                _moved.UnsafeOnCompleted(_continue);
            }

            return pending;
        }

        public bool GetResult(short token)
        {
            // Asked too early it throws, and goes on being waited for.
            var isOver = _source.GetStatus(token) != ValueTaskSourceStatus.Pending;
            try
            {
                return _source.GetResult(token);
            }
            finally
            {
                if (isOver)
                {
                    _source.Reset();
                    IsFree = true;
                }
            }
        }

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags);

        private void Continue()
        {
            bool hasItem;
            try
            {
                hasItem = _moved.GetResult();
            }
            catch (Exception exception)
            {
                _enumerator._isMoving = false;
                _enumerator.End(exception);
                _source.SetException(exception);
                return;
            }

            _enumerator._isMoving = false;
            _source.SetResult(_enumerator.Moved(hasItem));
        }
    }
}
