namespace Openlayer.Interception.Capture;

/// <summary>A message of a request, as it is recorded: an object with <c>role</c>, <c>content</c> and further fields. Immutable.</summary>
/// <param name="role">Who wrote it.</param>
/// <param name="content">A text, or a list of content parts.</param>
/// <param name="fields">The further fields, in order.</param>
internal sealed class RecordedMessage(string role, object? content, KeyValuePair<string, object?>[] fields)
{
    public string Role => role;

    public object? Content => content;

    public KeyValuePair<string, object?>[] Fields => fields;

    /// <summary>Whether it consists of texts, which cannot change.</summary>
    public bool IsText => content is null or string && Array.TrueForAll(fields, static entry => entry.Value is null or string);
}
