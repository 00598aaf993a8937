using System.Globalization;
using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The behaviour of one call in one run, and its progress.</summary>
public sealed class Script
{
    private readonly Stage _stage;
    private readonly ScriptedCall _call;
    private readonly string _name;
    private readonly List<Exception> _made = [];

    internal Script(Stage stage, ScriptedCall call, int index)
    {
        _stage = stage;
        _call = call;
        _name = string.Create(CultureInfo.InvariantCulture, $"{index}");
        if (call.Cancelling == Cancelling.Before)
        {
            Cancellation.Cancel();
        }
    }

    internal ScriptedCall Call => _call;

    internal CancellationTokenSource Cancellation { get; } = new();

    internal int Runs { get; private set; }

    internal int Disposals { get; private set; }

    private CancellationToken Token => _call.Cancelling == Cancelling.Never ? CancellationToken.None : Cancellation.Token;

    internal void Observe(string what) => _stage.Observe($"{_name} {what}");

    internal void ObserveSurroundings(string where) => _stage.ObserveSurroundings($"{_name} {where}");

    internal void SetLocal(string who) => _stage.Local.Value = $"{who} {_name}";

    internal void CancelDuringTheCall()
    {
        if (_call.Cancelling == Cancelling.During)
        {
            _stage.Add($"{_name} cancel", Cancellation.Cancel);
        }
    }

    /// <summary>Describes an exception as its handler observes it.</summary>
    internal string Describe(Exception exception)
    {
        var index = _made.FindIndex(made => ReferenceEquals(made, exception));
        var origin = index < 0 ? "not the target's" : string.Create(CultureInfo.InvariantCulture, $"the target's {index}");
        var token = exception is OperationCanceledException canceled
            ? canceled.CancellationToken == Cancellation.Token ? ", the caller's token"
            : canceled.CancellationToken == CancellationToken.None ? ", no token"
            : ", another token"
            : "";
        var inner = exception is AggregateException several
            ? $" [{string.Join("; ", several.InnerExceptions.Select(Describe))}]"
            : "";
        return $"{exception.GetType().Name} '{exception.Message}', {origin}{token}{inner}";
    }

    internal void Enter()
    {
        Runs++;
        ObserveSurroundings("target entered");
        SetLocal("target");
    }

    internal T RunNow<T>(T result)
    {
        Enter();
        return End(result);
    }

    internal Task<T> MakeTask<T>(T result)
    {
        switch (_call.Making)
        {
            case Making.ThrowsAtTheCall:
                Enter();
                throw Made(new TargetException("thrown at the call"));
            case Making.Ended:
                Enter();
                var ended = new TaskCompletionSource<T>();
                End(ended, result);
                return ended.Task;
            case Making.Source or Making.SourceWithState:
                Enter();
                var source = new TaskCompletionSource<T>(_call.Making == Making.Source ? null : "state");
                _stage.Add($"{_name} source", () => End(source, result));
                return source.Task;
            case Making.Cold:
                Enter();
                return new Task<T>(() => End(result));
            case Making.OwnTask:
                Enter();
                var own = new OwnTask<T>(() => End(result));
                if (_call.Waits == 0)
                {
                    own.RunSynchronously(TaskScheduler.Default);
                }
                else
                {
                    _stage.Add($"{_name} own task", () => own.RunSynchronously(TaskScheduler.Default));
                }

                return own;
            case Making.Null:
                Enter();
                return null!;
            default:
                return RunAsync(result);
        }
    }

    internal ValueTask<T> MakeValueTask<T>(T result) => _call.Making switch
    {
        Making.Pooled => new ValueTask<T>(MakePooled(result, out var version), version),
        Making.Method => RunValueAsync(result),
        Making.Null => default,
        _ => new ValueTask<T>(MakeTask(result)),
    };

    internal ValueTask MakeValueTask() => _call.Making switch
    {
        Making.Pooled => new ValueTask(MakePooled(0, out var version), version),
        Making.Method => RunValueAsync(),
        Making.Null => default,
        _ => new ValueTask(MakeTask(0)),
    };

    internal IAsyncEnumerable<T> MakeStream<T>(Func<int, T> item, CancellationToken cancellationToken)
    {
        switch (_call.Making)
        {
            case Making.ThrowsAtTheCall:
                Enter();
                throw Made(new TargetException("thrown at the call"));
            case Making.Null:
                Enter();
                return null!;
            case Making.Method or Making.Cold or Making.OwnTask:
                return IterateAsync(item, cancellationToken);
            default:
                return new HandWrittenStream<T>(this, item);
        }
    }

    internal IEnumerable<T> MakeSequence<T>(Func<int, T> item)
    {
        switch (_call.Making)
        {
            case Making.ThrowsAtTheCall:
                Enter();
                throw Made(new TargetException("thrown at the call"));
            case Making.Null:
                Enter();
                return null!;
            case Making.Pooled:
                return Enumerable.Range(0, _call.Items).Select(item);
            default:
                return Iterate(item);
        }
    }

    /// <summary>Moves a hand-written stream.</summary>
    internal ValueTask<bool> Move(int index)
    {
        ObserveSurroundings("target moving");
        if (index == _call.Items && _call.Making == Making.SourceWithState)
        {
            // The move itself throws, instead of returning a failed task.
            End(0);
        }

        if (!Waits(index))
        {
            var ended = new TaskCompletionSource<bool>();
            EndMove(index, ended.SetResult, ended.SetException);
            return new ValueTask<bool>(ended.Task);
        }

        // With a synchronization context, a task's continuations do not run inline, so a move through a task would be posted once more.
        if (_call.Making == Making.Pooled || _stage.Context is not null)
        {
            var pooled = new PooledSource<bool>(Observe);
            _stage.Add($"{_name} move", () => EndMove(index, pooled.SetResult, pooled.SetException));
            return new ValueTask<bool>(pooled, pooled.Version);
        }

        var source = new TaskCompletionSource<bool>();
        _stage.Add($"{_name} move", () => EndMove(index, source.SetResult, source.SetException));
        return new ValueTask<bool>(source.Task);
    }

    internal void Dispose()
    {
        Disposals++;
        ObserveSurroundings("target disposing");
        if (_call.Ending == Ending.ExceptionInDispose)
        {
            throw Made(new TargetException("thrown in Dispose"));
        }
    }

    internal void ThrowInGetEnumerator()
    {
        if (_call.Ending == Ending.ExceptionInGetEnumerator)
        {
            throw Made(new TargetException("thrown in GetAsyncEnumerator"));
        }
    }

    private async Task<T> RunAsync<T>(T result)
    {
        Enter();
        for (var bit = 0; bit < 2; bit++)
        {
            if (Waits(bit))
            {
                await Wait(Token);
                ObserveSurroundings("target resumed");
                SetLocal("resumed target");
            }
        }

        Token.ThrowIfCancellationRequested();
        return End(result);
    }

    private async ValueTask<T> RunValueAsync<T>(T result) => await RunAsync(result);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask RunValueAsync() => await RunAsync(0);

    private async IAsyncEnumerable<T> IterateAsync<T>(Func<int, T> item, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            for (var index = 0; index < _call.Items; index++)
            {
                if (Waits(index))
                {
                    await Wait(cancellationToken);
                }

                ObserveSurroundings("target producing");
                SetLocal("producing target");
                yield return item(index);
                ObserveSurroundings("target continues");
            }

            if (Waits(_call.Items))
            {
                await Wait(cancellationToken);
            }

            End(0);
        }
        finally
        {
            Dispose();
        }
    }

    private IEnumerable<T> Iterate<T>(Func<int, T> item)
    {
        Enter();
        try
        {
            for (var index = 0; index < _call.Items; index++)
            {
                ObserveSurroundings("target producing");
                SetLocal("producing target");
                yield return item(index);
                ObserveSurroundings("target continues");
            }

            End(0);
        }
        finally
        {
            Dispose();
        }
    }

    private PooledSource<T> MakePooled<T>(T result, out short version)
    {
        Enter();
        var source = new PooledSource<T>(Observe);
        version = source.Version;
        if (_call.Waits == 0)
        {
            EndPooled();
        }
        else
        {
            _stage.Add($"{_name} pooled", EndPooled);
        }

        return source;

        void EndPooled()
        {
            T given;
            try
            {
                given = End(result);
            }
            catch (Exception exception)
            {
                source.SetException(exception);
                return;
            }

            source.SetResult(given);
        }
    }

    private void EndMove(int index, Action<bool> succeed, Action<Exception> fail)
    {
        if (index < _call.Items)
        {
            succeed(true);
            return;
        }

        try
        {
            End(0);
        }
        catch (Exception exception)
        {
            fail(exception);
            return;
        }

        succeed(false);
    }

    private T End<T>(T result)
    {
        switch (_call.Ending)
        {
            case Ending.NullResult:
                return default!;
            case Ending.Exception or Ending.Exceptions:
                throw Made(new TargetException("thrown"));
            case Ending.CanceledWithToken or Ending.FailedWithCanceled:
                throw Made(new OperationCanceledException("cancelled with a token", Cancellation.Token));
            case Ending.CanceledWithoutToken or Ending.CanceledTask:
                throw Made(new OperationCanceledException("cancelled without a token"));
            case Ending.CanceledWithOwnException:
                throw Made(new TargetCanceledException("cancelled", Cancellation.Token));
            default:
                return result;
        }
    }

    private void End<T>(TaskCompletionSource<T> source, T result)
    {
        switch (_call.Ending)
        {
            case Ending.Exceptions:
                source.SetException(
                [
                    Made(new TargetException("first")),
                    Made(new TargetException("second")),
                    Made(new OperationCanceledException("third")),
                ]);
                break;
            case Ending.CanceledTask:
                source.SetCanceled(Cancellation.Token);
                break;
            case Ending.CanceledWithoutToken:
                source.SetCanceled(CancellationToken.None);
                break;
            case Ending.Exception:
                source.SetException(Made(new TargetException("set")));
                break;
            case Ending.FailedWithCanceled or Ending.CanceledWithToken:
                source.SetException(Made(new OperationCanceledException("set", Cancellation.Token)));
                break;
            case Ending.CanceledWithOwnException:
                source.SetException(Made(new TargetCanceledException("set", Cancellation.Token)));
                break;
            case Ending.NullResult:
                source.SetResult(default!);
                break;
            default:
                source.SetResult(result);
                break;
        }
    }

    private bool Waits(int index) => (_call.Waits >> index & 1) != 0;

    private Wait Wait(CancellationToken cancellationToken) => new(_stage, $"{_name} wait", cancellationToken);

    private Exception Made(Exception exception)
    {
        _made.Add(exception);
        return exception;
    }
}
