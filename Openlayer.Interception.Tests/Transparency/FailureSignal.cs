namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Makes calls fail after they have returned.</summary>
public sealed class FailureSignal
{
    private Action? _failures;

    public void OnFail(Action fail) => _failures += fail;

    public void Fail()
    {
        _failures?.Invoke();
        _failures = null;
    }
}
