namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>The arguments of a call to a model client, by the names of the parameters. One that is not to be captured is not there.</summary>
internal readonly struct RequestArguments(IReadOnlyDictionary<string, int> positions, object?[] arguments)
{
    private readonly IReadOnlyDictionary<string, int> _positions = positions;
    private readonly object?[] _arguments = arguments;

    public object? Value(string name) => _positions.TryGetValue(name, out var position) ? _arguments[position] : null;
}
