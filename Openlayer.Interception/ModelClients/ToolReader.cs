using System.Collections;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Reads the tools that a request offers to the model: names, descriptions and the schemas of their parameters.</summary>
internal static class ToolReader
{
    /// <summary>The offered tools. Null or empty if there are none.</summary>
    /// <param name="operation">Where to find the values.</param>
    /// <param name="arguments">The call's arguments.</param>
    /// <param name="maxItems">The maximum number of tools. Those after them are only counted.</param>
    public static IReadOnlyCollection<object?>? Read(ModelOperation operation, RequestArguments arguments, int maxItems)
    {
        if (operation.ToolSelection is not { } selection)
        {
            return Offered(operation, arguments, maxItems);
        }

        if (selection.Source.Read(arguments) is not { } source || Array.IndexOf(selection.TypeNames, source.GetType().Name) < 0)
        {
            return null;
        }

        var tools = Available(operation, arguments)?.ToArray() ?? [];
        return ContentSequence.Items(selection.Names.Read(source)) is { } names
            ? [.. names.OfType<string>().Select(name => Named(selection, name, tools))]
            : tools;
    }

    private static IReadOnlyCollection<object?>? Offered(ModelOperation operation, RequestArguments arguments, int maxItems)
    {
        if (Tools(operation, arguments) is not { } tools)
        {
            return null;
        }

        List<object?> recorded = [];
        var count = 0;
        foreach (var tool in tools)
        {
            if (count++ < maxItems)
            {
                recorded.Add(Recorded(operation, tool));
            }
        }

        return count > maxItems ? Placeholders.Beginning(recorded, maxItems, count) : recorded;
    }

    private static IEnumerable<Dictionary<string, object?>>? Available(ModelOperation operation, RequestArguments arguments) =>
        Tools(operation, arguments)?.Select(tool => Recorded(operation, tool));

    private static IEnumerable<object>? Tools(ModelOperation operation, RequestArguments arguments) =>
        ContentSequence.Items(operation.Tools.Read(arguments))?.OfType<object>()
            .SelectMany(tool => Members(operation, tool))
            .Select(tool => operation.WrappedValue.Read(tool) ?? tool);

    // Enumerating a set of an unknown class would run the application's code.
    private static IEnumerable<object> Members(ModelOperation operation, object tool) =>
        operation.ToolSets.Length == 0 || tool is not IEnumerable tools
            ? [tool]
            : Array.IndexOf(operation.ToolSets, tool.GetType().Name) < 0 ? [] : tools.OfType<object>();

    // A selected tool that is not among the available ones is known only by its name.
    private static Dictionary<string, object?> Named(ToolSelection selection, string name, Dictionary<string, object?>[] tools) =>
        Array.Find(tools, tool => string.Join('.', selection.NameFields.Where(tool.ContainsKey).Select(field => PropertyReader.Text(tool[field]))) == name)
        ?? MessageReader.RecordedPart("function", new() { ["name"] = name });

    private static Dictionary<string, object?> Recorded(ModelOperation operation, object tool)
    {
        var fields = operation.ToolFields.ToDictionary(static field => field.Name, field => PropertyReader.Parsed(field.Path.Read(tool)));
        fields["name"] = fields.GetValueOrDefault("name") ?? tool.GetType().Name;
        fields["description"] = PropertyReader.Text(fields.GetValueOrDefault("description"));
        return MessageReader.RecordedPart("function", fields);
    }
}
