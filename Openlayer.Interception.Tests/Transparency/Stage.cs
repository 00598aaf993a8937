using System.Globalization;

namespace Openlayer.Interception.Tests.Transparency;

/// <summary>The state of one run of a sequence: the pending waits, the caller's context, and the observations, in order.</summary>
internal sealed class Stage(bool isPumped)
{
    private readonly List<string> _observed = [];
    private readonly List<(string Name, Action Release)> _pending = [];
    private readonly PumpedContext? _context = isPumped ? new PumpedContext() : null;

    public AsyncLocal<string?> Local { get; } = new();

    public SynchronizationContext? Context => _context;

    public bool IsPending => _pending.Count > 0;

    public IReadOnlyList<string> Observed => _observed;

    public void Observe(string what)
    {
        // Only the thread that runs the sequence should observe anything. If another does, the lock keeps the list intact and the test reports it.
        lock (_observed)
        {
            _observed.Add(what);
        }
    }

    /// <summary>Records the ambient state of the calling code.</summary>
    public void ObserveSurroundings(string where)
    {
        var current = SynchronizationContext.Current;
        var context = current is null ? "no context" : ReferenceEquals(current, _context) ? "the caller's context" : "another context";
        Observe(string.Create(CultureInfo.InvariantCulture, $"{where}: local is '{Local.Value}', {context}"));
    }

    public void Add(string name, Action release) => _pending.Add((name, release));

    public void Remove(Action release) => _pending.RemoveAll(pending => ReferenceEquals(pending.Release, release));

    /// <summary>Ends one wait and runs its continuations.</summary>
    public void Release(int order)
    {
        if (_pending.Count == 0)
        {
            return;
        }

        var index = order % _pending.Count;
        var (name, release) = _pending[index];
        _pending.RemoveAt(index);
        Observe($"release {name}");
        release();
        Pump();
    }

    public void Pump() => _context?.Pump();
}
