namespace Openlayer.Interception.Providers;

/// <summary>
/// Where a value is found: property names from an object on, <c>Usage.InputTokenCount</c>, or one of several such paths, of which the
/// first that leads to something counts. A number is an index into a list, <c>Choices.0.Message</c>.
/// </summary>
internal sealed class ValuePath
{
    private readonly string[][] _alternatives;

    public ValuePath(params string[] alternatives) => _alternatives = [.. alternatives.Select(static path => path.Split('.'))];

    /// <summary>The value, as it is. Null if no path leads to one. Throws what the properties on the way throw.</summary>
    public object? Read(object? from) => from is null ? null : Read(first => PropertyReader.Read(from, first));

    /// <summary>The same from a call's arguments: the first name of a path is a parameter's.</summary>
    public object? Read(ModelArguments arguments) => Read(arguments.Value);

    private object? Read(Func<string, object?> first)
    {
        foreach (var path in _alternatives)
        {
            var value = first(path[0]);
            for (var index = 1; index < path.Length && value is not null; index++)
            {
                value = PropertyReader.Read(value, path[index]);
            }

            if (value is not null)
            {
                return value;
            }
        }

        return null;
    }
}
