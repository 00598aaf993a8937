using System.Threading.Tasks.Sources;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The source of a value task that can be consumed only once, like a pooled source.</summary>
internal sealed class PooledSource<T>(Action<string> observe) : IValueTaskSource<T>, IValueTaskSource
{
    private ManualResetValueTaskSourceCore<T> _core;
    private int _consumed;

    public short Version => _core.Version;

    public void SetResult(T result) => _core.SetResult(result);

    public void SetException(Exception exception) => _core.SetException(exception);

    public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    public T GetResult(short token)
    {
        if (Interlocked.Increment(ref _consumed) > 1)
        {
            observe("a value task was consumed more than once");
        }

        return _core.GetResult(token);
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);
}
