namespace QuickStart;

/// <summary>A section of a document.</summary>
/// <param name="Document">The document's file name.</param>
/// <param name="Heading">The section's heading.</param>
/// <param name="Text">What stands under it.</param>
public sealed record Passage(string Document, string Heading, string Text)
{
    /// <summary>The passage as it stands in a prompt.</summary>
    public override string ToString() => $"{Document}, {Heading}:\n{Text}";
}
