using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Enumerates a stream and observes it. The stream's step is ambient while the stream's code runs, the consumer's between items.
/// </summary>
internal sealed class ObservedEnumerator<T> : IAsyncEnumerator<T>
{
    private readonly IAsyncEnumerator<T> _enumerator;
    private readonly Enumeration<T> _enumeration;
    private readonly bool _isObserved;

    // A compiler-generated iterator returns all exceptions in the task, and restores the execution context before it returns.
    private readonly bool _isIterator;

    private AmbientScope _scope;
    private PendingItem? _pending;
    private bool _isMoving;

    private ObservedEnumerator(IAsyncEnumerator<T> enumerator, Enumeration<T> enumeration, AmbientScope scope)
    {
        _enumerator = enumerator;
        _enumeration = enumeration;
        _isObserved = enumeration.Observer.IsObserved;
        _scope = scope;
        _isIterator = enumerator is IAsyncStateMachine && StreamTypes.Of(enumerator.GetType()).IsIterator;
    }

    public T Current => _enumerator.Current;

    public static ObservedEnumerator<T> Start(IAsyncEnumerable<T> stream, Enumeration<T> enumeration, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        var scope = enumeration.Observer.Scope;
        var entered = scope.Enter();
        try
        {
            return new(stream.GetAsyncEnumerator(cancellationToken), enumeration, scope);
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            scope.Leave(entered);
            if (failure is not null)
            {
                enumeration.Failed(failure);
            }
        }
    }

    public ValueTask<bool> MoveNextAsync() =>
        !_isObserved && _scope.IsEntered ? _enumerator.MoveNextAsync() : MoveInScope();

    public ValueTask DisposeAsync()
    {
        Exception? failure = null;
        var entered = _scope.Enter();
        ValueTask disposed;
        try
        {
            disposed = _enumerator.DisposeAsync();
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            _scope.Leave(entered);

            // If an item is still pending, the stream only rejected the disposal, and the enumeration continues.
            if (failure is not null && !_isMoving)
            {
                _enumeration.Failed(failure);
            }
        }

        if (!disposed.IsCompletedSuccessfully)
        {
            return DisposedAsync(disposed);
        }

        disposed.GetAwaiter().GetResult();
        _enumeration.Ended(StreamEnd.LeftEarly);
        return default;
    }

    private ValueTask<bool> MoveInScope()
    {
        if (_isObserved)
        {
            _enumeration.Observer.OnMoveNext();
        }

        var entered = _scope.Enter();
        ValueTask<bool> moved;
        if (_isIterator)
        {
            moved = _enumerator.MoveNextAsync();
            _scope.LeaveUnchanged(entered);
        }
        else
        {
            moved = Move(entered);
            _scope.Leave(entered);
        }

        if (!_isObserved)
        {
            return moved;
        }

        return moved.IsCompletedSuccessfully ? new ValueTask<bool>(Moved(moved.Result)) : Await(moved);
    }

    private ValueTask<bool> Move(AmbientScope.Entry entered)
    {
        Exception? failure = null;
        try
        {
            return _enumerator.MoveNextAsync();
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            if (failure is not null)
            {
                _scope.Leave(entered);
                _enumeration.Failed(failure);
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
                _enumeration.Failed(exception);
            }

            throw;
        }

        _enumeration.Ended(StreamEnd.LeftEarly);
    }

    private bool Moved(bool hasItem)
    {
        if (!hasItem)
        {
            _enumeration.Ended(StreamEnd.Exhausted);
        }
        else if (_isIterator)
        {
            _enumeration.Observer.OnItem(_enumerator.Current);
        }
        else
        {
            Produced();
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
            // The consumer gets the exception when it reads the item itself.
            return;
        }

        _enumeration.Observer.OnItem(item);
    }

    /// <summary>
    /// The source of the value task for a pending item. It is reused as soon as the consumer has read the result, so there is one allocation
    /// for each enumeration, not for each item.
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
            // A premature call throws. The item stays pending.
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
                _enumerator._enumeration.Failed(exception);
                _source.SetException(exception);
                return;
            }

            _enumerator._isMoving = false;
            _source.SetResult(_enumerator.Moved(hasItem));
        }
    }
}
