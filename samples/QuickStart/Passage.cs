namespace QuickStart;

/// <summary>A section of a document.</summary>
/// <param name="Document">The document's file name.</param>
/// <param name="Heading">The section's heading.</param>
/// <param name="Text">The text of the section.</param>
public sealed record Passage(string Document, string Heading, string Text)
{
    /// <summary>The passage as a prompt quotes it.</summary>
    public override string ToString() => $"{Document}, {Heading}:\n{Text}";
}
