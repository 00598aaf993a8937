using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A wait of the target. Its continuation runs inline in the call that releases or cancels it.</summary>
internal sealed class Wait : INotifyCompletion
{
    private readonly Stage _stage;
    private readonly string _name;
    private readonly CancellationToken _cancellationToken;
    private readonly Action _release;
    private CancellationTokenRegistration _registration;
    private Action? _continuation;

    public Wait(Stage stage, string name, CancellationToken cancellationToken)
    {
        _stage = stage;
        _name = name;
        _cancellationToken = cancellationToken;
        _release = Resume;
    }

    public bool IsCompleted => _cancellationToken.IsCancellationRequested;

    public Wait GetAwaiter() => this;

    public void OnCompleted(Action continuation)
    {
        _continuation = continuation;
        _stage.Add(_name, _release);
        _registration = _cancellationToken.UnsafeRegister(
            static wait =>
            {
                ((Wait)wait!)._stage.Remove(((Wait)wait)._release);
                ((Wait)wait).Resume();
            },
            this);
    }

    public void GetResult() => _cancellationToken.ThrowIfCancellationRequested();

    private void Resume()
    {
        _registration.Unregister();
        Interlocked.Exchange(ref _continuation, null)?.Invoke();
    }
}
