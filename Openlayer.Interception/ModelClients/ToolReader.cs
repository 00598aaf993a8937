using System.Collections;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Reads the tools that a request offers to the model: names, descriptions and the schemas of their parameters. Thread-safe.</summary>
/// <param name="operation">Where to find the values.</param>
/// <param name="positions">The positions of the parameters that can be read, by name.</param>
internal sealed class ToolReader(ModelOperation operation, Dictionary<string, int> positions)
{
    private readonly ArgumentPath _tools = operation.Tools.Among(positions);
    private readonly ArgumentPath? _selection = operation.ToolSelection?.Source.Among(positions);

    /// <summary>The offered tools. Null or empty if there are none.</summary>
    /// <param name="arguments">The call's arguments.</param>
    /// <param name="maxItems">The maximum number of tools. Those after them are only counted.</param>
    public IReadOnlyCollection<object?>? Read(object?[] arguments, int maxItems) =>
        operation.ToolSelection is { } selection ? Selected(selection, arguments) : Offered(arguments, maxItems);

    private object?[]? Selected(ToolSelection selection, object?[] arguments)
    {
        if (_selection!.Read(arguments) is not { } source || Array.IndexOf(selection.TypeNames, source.GetType().Name) < 0)
        {
            return null;
        }

        var tools = Available(arguments)?.ToArray() ?? [];
        return ContentSequence.Items(selection.Names.Read(source)) is { } names
            ? [.. names.OfType<string>().Select(name => Named(selection, name, tools))]
            : tools;
    }

    private IReadOnlyCollection<object?>? Offered(object?[] arguments, int maxItems)
    {
        if (_tools.Read(arguments) is not { } offered || ContentSequence.Count(offered) is null or 0)
        {
            return null;
        }

        List<object?> recorded = [];
        var count = 0;
        foreach (var tool in Tools(offered))
        {
            if (count++ < maxItems)
            {
                recorded.Add(Recorded(tool));
            }
        }

        return count > maxItems ? Placeholders.Beginning(recorded, maxItems, count) : recorded;
    }

    private IEnumerable<Dictionary<string, object?>>? Available(object?[] arguments) => _tools.Read(arguments) is { } tools ? Tools(tools).Select(Recorded) : null;

    private IEnumerable<object> Tools(object tools) =>
        (ContentSequence.Items(tools)?.OfType<object>() ?? [])
            .SelectMany(Members)
            .Select(tool => operation.WrappedValue.Read(tool) ?? tool);

    // Enumerating a set of an unknown class would run the application's code.
    private IEnumerable<object> Members(object tool) =>
        operation.ToolSets.Length == 0 || tool is not IEnumerable tools
            ? [tool]
            : Array.IndexOf(operation.ToolSets, tool.GetType().Name) < 0 ? [] : tools.OfType<object>();

    // A selected tool that is not among the available ones is known only by its name.
    private static Dictionary<string, object?> Named(ToolSelection selection, string name, Dictionary<string, object?>[] tools) =>
        Array.Find(tools, tool => string.Join('.', selection.NameFields.Where(tool.ContainsKey).Select(field => PropertyReader.Text(tool[field]))) == name)
        ?? MessageReader.RecordedPart("function", new() { ["name"] = name });

    private Dictionary<string, object?> Recorded(object tool)
    {
        var fields = operation.ToolFields.ToDictionary(static field => field.Name, field => PropertyReader.Parsed(field.Path.Read(tool)));
        fields["name"] = fields.GetValueOrDefault("name") ?? tool.GetType().Name;
        fields["description"] = PropertyReader.Text(fields.GetValueOrDefault("description"));
        return MessageReader.RecordedPart("function", fields);
    }
}
