namespace Openlayer.Interception.ModelClients;

/// <summary>Where a tool call, or a fragment of one, stands in a response.</summary>
/// <param name="Index">The index that the provider gives it. Null if it gives none.</param>
/// <param name="Round">The request that it answers, where a stream spans several requests. Null if unknown.</param>
/// <param name="Occurrence">Its number among the item's fragments with the same index and without an id, starting at 0.</param>
/// <param name="Occurrences">The number of these fragments.</param>
internal readonly record struct ToolCallPosition(object? Index, object? Round = null, int Occurrence = 0, int Occurrences = 1);
