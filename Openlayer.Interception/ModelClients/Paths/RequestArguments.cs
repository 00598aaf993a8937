namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>A call's arguments by parameter name. Parameters that must not be captured are absent.</summary>
internal readonly struct RequestArguments(IReadOnlyDictionary<string, int> positions, object?[] arguments)
{
    private readonly IReadOnlyDictionary<string, int> _positions = positions;
    private readonly object?[] _arguments = arguments;

    /// <summary>The argument for a parameter. Null if there is no such parameter, or it must not be captured.</summary>
    public object? Value(string name) => _positions.TryGetValue(name, out var position) ? _arguments[position] : null;
}
