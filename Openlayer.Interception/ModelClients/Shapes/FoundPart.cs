namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>A content part of a message.</summary>
/// <param name="Value">The part.</param>
/// <param name="Mapping">How it is read. Null if that was not looked up, or is not known.</param>
internal readonly record struct FoundPart(object Value, PartMapping? Mapping = null);
