namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>Where to find a value in a call's arguments. Thread-safe.</summary>
/// <param name="alternatives">The positions of arguments, and the paths from them. The first that leads to a value counts.</param>
internal sealed class ArgumentPath((int Position, ValuePath Path)[] alternatives)
{
    /// <summary>The value. Null if there is none, or no such argument. Throws what a property or method on the way throws.</summary>
    public object? Read(object?[] arguments)
    {
        foreach (var (position, path) in alternatives)
        {
            if (position < arguments.Length && path.Read(arguments[position]) is { } value)
            {
                return value;
            }
        }

        return null;
    }
}
