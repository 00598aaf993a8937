using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.ModelClients.Paths;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// Assembles the tool calls of a response. Calls are identified by their ids first, then by index and round, then by order. Not
/// thread-safe.
/// </summary>
/// <param name="limits">The limits of what is kept.</param>
internal sealed class ToolCallAccumulator(CaptureSettings limits)
{
    private readonly List<ToolCall> _calls = [];

    // The number of calls before the current item: fragments of one item belong to different calls.
    private int _before;

    // A fragment of a call that is not kept counts as a call, because it cannot be assigned.
    private int _omitted;

    /// <summary>Starts the next item of a streamed response.</summary>
    public void BeginItem() => _before = _calls.Count;

    /// <summary>Adds a complete call, or one whose arguments follow in fragments.</summary>
    /// <param name="fields">Its recorded fields.</param>
    /// <param name="position">Its position.</param>
    /// <param name="isRunByServer">Whether the provider runs the tool, so that the call is not part of the answer.</param>
    public void Add(Dictionary<string, object?> fields, ToolCallPosition position, bool isRunByServer)
    {
        var id = Id(fields);
        var call = (id is null ? null : FindById(id, position.Round))
            ?? (position.Index is null ? null : Last(found => found.IsAt(position) && (found.Id is null || id is null)))
            ?? Start(position);
        call.IsRunByServer |= isRunByServer;
        call.Fill(fields);
    }

    /// <summary>Adds a fragment of a call: its start, or the continuation of its arguments.</summary>
    public void Append(Dictionary<string, object?> fields, ToolCallPosition position)
    {
        var call = Find(fields, position);
        var arguments = Text(fields, "arguments");
        if (call?.IsFollowedByAnother(arguments) == true)
        {
            if (call.HasArguments(arguments))
            {
                // The provider repeats the whole call.
                return;
            }

            call = null;
        }

        (call ?? Start(position)).Append(fields, arguments);
    }

    /// <summary>Removes a call that a layer of the client has answered, so that the caller does not have to.</summary>
    public void RemoveAnswered(Dictionary<string, object?> result)
    {
        if (Id(result) is { } id)
        {
            _calls.RemoveAll(call => call.Id == id);
            BeginItem();
        }
    }

    /// <summary>The calls that the caller has to answer, in order.</summary>
    public object[] ToOutput()
    {
        var calls = _calls.Where(static call => call is { IsRunByServer: false, IsNamed: true }).Select(static call => (object)call.ToOutput());
        return _omitted == 0 ? [.. calls] : [.. calls, Placeholders.MoreItems(_omitted)];
    }

    private static string? Id(Dictionary<string, object?> fields) => Text(fields, "id");

    private static string? Text(Dictionary<string, object?> fields, string name) =>
        PropertyReader.Text(fields.GetValueOrDefault(name)) is { Length: > 0 } text ? text : null;

    private ToolCall? Find(Dictionary<string, object?> fields, ToolCallPosition position)
    {
        var (id, name) = (Id(fields), Text(fields, "name"));
        if (id is not null)
        {
            // The id can follow after the start of its call.
            return FindById(id, position.Round)
                ?? Last(call => call.Id is null && call.IsAt(position) && (name is null || call.Name is null));
        }

        var candidates = _calls.Take(_before).Where(call => call.IsAt(position)).ToArray();
        var continued = position.Occurrences == 1 || candidates.Length < position.Occurrences
            ? candidates.ElementAtOrDefault(position.Occurrences == 1 ? candidates.Length - 1 : position.Occurrence)
            : candidates[candidates.Length - position.Occurrences + position.Occurrence];
        if (continued is null && name is null)
        {
            continued = Last(call => position.Index is null || call.IsAt(position));
        }

        return name is null || continued?.Name is null || continued.Name == name ? continued : null;
    }

    private ToolCall? FindById(string id, object? round) => Last(call => call.Id == id && call.IsOf(round));

    private ToolCall? Last(Predicate<ToolCall> match) => _calls.FindLast(match);

    private ToolCall Start(ToolCallPosition position)
    {
        var call = new ToolCall(position, limits);
        if (_calls.Count < limits.MaxItems - 1)
        {
            _calls.Add(call);
        }
        else
        {
            _omitted++;
        }

        return call;
    }

    private sealed class ToolCall(ToolCallPosition position, CaptureSettings limits)
    {
        private readonly Dictionary<string, object?> _fields = [];
        private BoundedText? _arguments;

        public bool IsRunByServer { get; set; }

        public string? Id { get; private set; }

        public string? Name => Text(_fields, "name");

        // A fragment whose start is unknown belongs to something else, such as a tool that the provider runs.
        public bool IsNamed => Id is not null || Name is not null;

        public bool IsAt(ToolCallPosition other) => Equals(position.Index, other.Index) && IsOf(other.Round);

        public bool IsOf(object? round) => round is null || position.Round is null || Equals(position.Round, round);

        /// <summary>Whether arguments cannot continue this call's, because those are complete.</summary>
        public bool IsFollowedByAnother(string? arguments) =>
            arguments is not null
            && arguments.AsSpan().TrimStart() is ['{', ..]
            && _arguments?.ToString().TrimStart() is ['{', ..] received
            && PropertyReader.Parsed(received) is JsonElement;

        public bool HasArguments(string? arguments) => _arguments?.ToString() == arguments;

        public void Fill(Dictionary<string, object?> fields)
        {
            _arguments = null;
            Merge(fields);
        }

        public void Append(Dictionary<string, object?> fragment, string? arguments)
        {
            _arguments ??= new BoundedText(limits.MaxStringLength);
            _arguments.Append(arguments);
            Merge(fragment);
        }

        public Dictionary<string, object?> ToOutput()
        {
            var output = _fields.Where(static field => field.Value is not null).ToDictionary();
            if (_arguments is { Length: > 0 })
            {
                output["arguments"] = PropertyReader.Parsed(_arguments.ToValue());
            }

            return output;
        }

        private void Merge(Dictionary<string, object?> fields)
        {
            foreach (var (name, value) in fields)
            {
                if (value is not (null or "") && (name != "arguments" || _arguments is null))
                {
                    _fields[name] = value;
                }
                else
                {
                    _fields.TryAdd(name, null);
                }
            }

            Id = Text(_fields, "id");
        }
    }
}
