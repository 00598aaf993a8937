namespace Openlayer.Interception.ModelClients.Shapes;

/// <summary>A content part of a message.</summary>
/// <param name="Value">The part.</param>
/// <param name="Mapping">How it is read. Null if that was not looked up, or is not known.</param>
internal readonly record struct FoundPart(object Value, PartMapping? Mapping = null)
{
    /// <summary>Counts a part, and adds it while there is room.</summary>
    public static void Add(FoundPart part, List<FoundPart> parts, int max, ref int count)
    {
        if (count++ < max)
        {
            parts.Add(part);
        }
    }
}
