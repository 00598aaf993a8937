using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Capture;

/// <summary>
/// Suppresses tracing as soon as reading a value runs code of the application. Most values of a model's client run none, and suppressing takes
/// as long as reading one. Dispose the scope in the same method.
/// </summary>
internal readonly ref struct DeferredSuppression
{
    [ThreadStatic]
    private static State? _state;

    private static readonly TypeCache<bool> OfApplication = new(static type => !type.IsOfFramework() && !type.IsOfModelLibrary());

    private readonly State _current;
    private readonly ITraceSuppressor? _outerSuppressor;
    private readonly object? _outerPrevious;
    private readonly bool _isOuterSuppressed;

    private DeferredSuppression(State state)
    {
        _current = state;
        _outerSuppressor = state.Suppressor;
        _outerPrevious = state.Previous;
        _isOuterSuppressed = state.IsSuppressed;
    }

    /// <summary>Starts a scope in which values are read.</summary>
    public static DeferredSuppression Begin(ITraceSuppressor suppressor)
    {
        var state = _state ??= new State();
        var scope = new DeferredSuppression(state);
        state.Suppressor = suppressor;
        state.Previous = null;
        state.IsSuppressed = false;
        return scope;
    }

    /// <summary>Call before code of the application runs. Does nothing outside a scope.</summary>
    public static void Enter()
    {
        if (_state is { Suppressor: { } suppressor, IsSuppressed: false } state)
        {
            state.Previous = suppressor.Suppress().Previous;
            state.IsSuppressed = true;
        }
    }

    /// <summary>Call before a member of a type runs, which may be code of the application.</summary>
    public static void Enter(Type type)
    {
        if (IsOfApplication(type))
        {
            Enter();
        }
    }

    /// <summary>Whether the members of a type are code of the application.</summary>
    public static bool IsOfApplication(Type type) => OfApplication.Get(type);

    public void Dispose()
    {
        var (suppressor, previous, isSuppressed) = (_current.Suppressor, _current.Previous, _current.IsSuppressed);
        _current.Suppressor = _outerSuppressor;
        _current.Previous = _outerPrevious;
        _current.IsSuppressed = _isOuterSuppressed;
        if (isSuppressed)
        {
            suppressor!.Restore(previous);
        }
    }

    private sealed class State
    {
        public ITraceSuppressor? Suppressor;
        public object? Previous;
        public bool IsSuppressed;
    }
}
