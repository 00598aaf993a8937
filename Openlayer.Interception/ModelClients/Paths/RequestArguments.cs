namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>A call's arguments by parameter name. Parameters that must not be captured are absent.</summary>
/// <param name="parameters">The parameters and their positions.</param>
/// <param name="arguments">The arguments.</param>
internal readonly struct RequestArguments(KeyValuePair<string, int>[] parameters, object?[] arguments)
{
    private readonly KeyValuePair<string, int>[] _parameters = parameters;
    private readonly object?[] _arguments = arguments;

    /// <summary>The argument for a parameter. Null if there is no such parameter, or it must not be captured.</summary>
    public object? Value(string name)
    {
        // A method has so few parameters that comparing is faster than hashing.
        foreach (var (parameter, position) in _parameters)
        {
            if (parameter == name)
            {
                return _arguments[position];
            }
        }

        return null;
    }
}
