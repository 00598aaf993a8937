using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>
/// An awaitable that suspends and is resumed by the benchmark, on the same thread, so that the thread pool is not part of the measurement.
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
