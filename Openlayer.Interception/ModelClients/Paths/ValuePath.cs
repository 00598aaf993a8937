namespace Openlayer.Interception.ModelClients.Paths;

/// <summary>
/// Where a value is found: names from an object on, <c>Usage.InputTokenCount</c>, or one of several such paths, of which the first that
/// leads to something counts. A name is a property's, a dictionary's key, or with <c>()</c> a method's without parameters; a number is an
/// index into a list, <c>Choices.0.Message</c>. The path <see cref="Self"/> is the object itself.
/// </summary>
internal sealed class ValuePath
{
    /// <summary>The path from an object to itself.</summary>
    public const string Self = "";

    private readonly string[][] _alternatives;

    public ValuePath(params string[] alternatives)
        : this([.. alternatives.Select(static path => path == Self ? [] : path.Split('.'))])
    {
    }

    private ValuePath(string[][] alternatives) => _alternatives = alternatives;

    /// <summary>Leads to nothing.</summary>
    public static ValuePath None { get; } = new(Array.Empty<string>());

    /// <summary>Whether a text is a path: names with dots between them.</summary>
    public static bool IsPath(string path) =>
        path.Split('.').All(static name => name.EndsWith("()", StringComparison.Ordinal) ? IsName(name[..^2]) : IsName(name));

    /// <summary>Whether a path is only this name.</summary>
    public bool Is(string name) => Array.Exists(_alternatives, path => path is [var only] && only == name);

    /// <summary>This, and where it leads to nothing the other.</summary>
    public ValuePath Or(ValuePath other) => new([.. _alternatives, .. other._alternatives]);

    /// <summary>The value, as it is. Null if no path leads to one. Throws what the properties on the way throw.</summary>
    public object? Read(object? from)
    {
        if (from is null)
        {
            return null;
        }

        foreach (var path in _alternatives)
        {
            if (Follow(from, path, start: 0) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The same from a call's arguments: the first name of a path is a parameter's.</summary>
    public object? Read(RequestArguments arguments)
    {
        foreach (var path in _alternatives)
        {
            if (Follow(arguments.Value(path[0]), path, start: 1) is { } value)
            {
                return value;
            }
        }

        return null;
    }

    private static object? Follow(object? value, string[] path, int start)
    {
        for (var index = start; index < path.Length && value is not null; index++)
        {
            value = PropertyReader.Read(value, path[index]);
        }

        return value;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(static character => char.IsLetterOrDigit(character) || character is '_' or '-');
}
