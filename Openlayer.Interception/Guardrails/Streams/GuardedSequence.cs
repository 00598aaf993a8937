using System.Collections;
using System.Runtime.ExceptionServices;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>A lazy sequence whose items are checked before the consumer gets them. The synchronous counterpart of <see cref="GuardedStream{T}"/>.</summary>
internal sealed class GuardedSequence<T>(GuardedCall call, IEnumerable<T> sequence) : IEnumerable<T>, IWrappedSequence
{
    public IEnumerator<T> GetEnumerator() => new Enumerator(sequence.GetEnumerator(), call.OpenGate<T>(isEnumeratedSynchronously: true, cancellationToken: default));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private sealed class Enumerator(IEnumerator<T> sequence, StreamGate<T> gate) : IEnumerator<T>
    {
        private ExceptionDispatchInfo? _failure;
        private bool _isOver;

        public T Current { get; private set; } = default!;

        object? IEnumerator.Current => Current;

        public bool MoveNext()
        {
            _isOver = gate.Block is not null;
            while (true)
            {
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

                Advance();
            }
        }

        public void Dispose()
        {
            SynchronousWait.For(gate.FinishAsync());
            sequence.Dispose();
        }

        public void Reset() => throw new NotSupportedException();

        private void Advance()
        {
            try
            {
                if (sequence.MoveNext())
                {
                    SynchronousWait.For(gate.AddAsync(sequence.Current));
                }
                else
                {
                    _isOver = true;
                }
            }
            catch (Exception exception) when (gate.HoldsItems && !gate.HasFailed)
            {
                // The consumer gets what the sequence produced before it failed.
                _failure = ExceptionDispatchInfo.Capture(exception);
            }

            if (_isOver || _failure is not null)
            {
                SynchronousWait.For(gate.CompleteAsync());
            }

            if (gate.Block is not null)
            {
                _isOver = true;
                _failure = gate.EndBlocked() is { } blocked ? ExceptionDispatchInfo.Capture(blocked) : null;
            }

            if (_isOver || _failure is not null)
            {
                SynchronousWait.For(gate.FinishAsync());
            }
        }
    }
}
