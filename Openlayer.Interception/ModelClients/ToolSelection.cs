using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>Which of the available tools a request offers to the model.</summary>
/// <param name="Source">The object that selects them; from the arguments. Without one, no tool is offered.</param>
/// <param name="TypeNames">The classes of such objects whose selection can be read. Other classes are recorded as offering nothing.</param>
/// <param name="Names">The names of the selected tools; from that object. Null selects all.</param>
/// <param name="NameFields">The fields of a tool that make up such a name, joined with dots.</param>
internal sealed record ToolSelection(ValuePath Source, string[] TypeNames, ValuePath Names, params string[] NameFields);
