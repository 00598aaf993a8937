using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>A stream whose items are checked before the consumer gets them. Each enumeration is checked by itself.</summary>
internal sealed class GuardedStream<T>(GuardedCall call, IAsyncEnumerable<T> stream) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        new Enumerator(stream.GetAsyncEnumerator(cancellationToken), call.OpenGate<T>(isEnumeratedSynchronously: false, cancellationToken));

    private sealed class Enumerator(IAsyncEnumerator<T> stream, StreamGate<T> gate) : IAsyncEnumerator<T>
    {
        private ExceptionDispatchInfo? _failure;
        private bool _isOver;

        public T Current { get; private set; } = default!;

        public ValueTask<bool> MoveNextAsync()
        {
            if (gate.TryRelease(out var item))
            {
                Current = item;
                return new(true);
            }

            if (_failure is { } failure)
            {
                _failure = null;
                failure.Throw();
            }

            if (gate.Block is not null)
            {
                return new(false);
            }

            _isOver = false;

            // Not in an asynchronous method, so that the consumer sees what the stream throws at once, or writes to an AsyncLocal.
            ValueTask<bool> moved;
            try
            {
                moved = stream.MoveNextAsync();
            }
            catch (Exception exception) when (gate.HoldsItems)
            {
                moved = ValueTask.FromException<bool>(exception);
            }

            return ContinueAsync(moved);
        }

        public ValueTask DisposeAsync()
        {
            var finished = gate.FinishAsync();
            return finished.IsCompletedSuccessfully ? stream.DisposeAsync() : DisposeAsync(finished);
        }

        private async ValueTask DisposeAsync(ValueTask finished)
        {
            await finished.ConfigureAwait(false);
            await stream.DisposeAsync().ConfigureAwait(false);
        }

        // Pooled, and so not a task: the continuation of a task does not run inline where there is a SynchronizationContext.
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<bool> ContinueAsync(ValueTask<bool> moved)
        {
            while (true)
            {
                try
                {
                    if (await moved.ConfigureAwait(false))
                    {
                        await gate.AddAsync(stream.Current).ConfigureAwait(false);
                    }
                    else
                    {
                        _isOver = true;
                    }
                }
                catch (Exception exception) when (gate.HoldsItems && !gate.IsCancelled && !gate.HasFailed)
                {
                    // The consumer gets what the stream produced before it failed.
                    _failure = ExceptionDispatchInfo.Capture(exception);
                }

                if (_isOver || _failure is not null)
                {
                    await gate.CompleteAsync().ConfigureAwait(false);
                }

                if (gate.Block is not null)
                {
                    _isOver = true;
                    _failure = gate.EndBlocked() is { } blocked ? ExceptionDispatchInfo.Capture(blocked) : null;
                }

                if (_isOver || _failure is not null)
                {
                    await gate.FinishAsync().ConfigureAwait(false);
                }

                if (gate.TryRelease(out var item))
                {
                    Current = item;
                    return true;
                }

                if (_failure is { } failure)
                {
                    _failure = null;
                    failure.Throw();
                }

                if (_isOver)
                {
                    return false;
                }

                moved = stream.MoveNextAsync();
            }
        }
    }
}
