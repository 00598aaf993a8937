using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>
/// Something to await that really suspends and is resumed by hand, on the same thread: so that what is measured is the suspension, not
/// the thread pool.
/// </summary>
public sealed class Suspension : ICriticalNotifyCompletion
{
    private Action? _continuation;

    public bool IsCompleted => false;

    public Suspension GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => _continuation = continuation;

    public void UnsafeOnCompleted(Action continuation) => _continuation = continuation;

    public void Resume()
    {
        var continuation = _continuation!;
        _continuation = null;
        continuation();
    }
}
