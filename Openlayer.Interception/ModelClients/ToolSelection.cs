using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>What offers tools to a model: all that there are, or those that it names.</summary>
/// <param name="By">The object that offers them; from the arguments.</param>
/// <param name="TypeNames">The names of its classes of which it is known what they offer. Others offer nothing that could be read.</param>
/// <param name="Names">The names of the tools that are offered; from that object. Where there is nothing, all are.</param>
/// <param name="NameFields">The fields of a tool that make up such a name, with dots between them.</param>
internal sealed record ToolSelection(ValuePath By, string[] TypeNames, ValuePath Names, params string[] NameFields);
