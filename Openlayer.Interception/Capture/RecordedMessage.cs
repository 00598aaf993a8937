namespace Openlayer.Interception.Capture;

/// <summary>A message of a request, as it is recorded: an object with <c>role</c>, <c>content</c> and further fields. Immutable.</summary>
/// <param name="role">Who wrote it.</param>
/// <param name="content">A text, or a list of content parts.</param>
/// <param name="fields">The further fields, in order.</param>
internal sealed class RecordedMessage(string role, object? content, KeyValuePair<string, object?>[] fields)
{
    private WrittenJson? _written;

    public string Role => role;

    public object? Content => content;

    public KeyValuePair<string, object?>[] Fields => fields;

    /// <summary>Whether it consists of texts, which cannot change.</summary>
    public bool IsText => content is null or string && Array.TrueForAll(fields, static entry => entry.Value is null or string);

    /// <summary>Whether its JSON is kept once it is written, because the message is sent again and again.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>Whether a message of texts still has these values. The content is compared by reference, because a text that was not changed is the same object.</summary>
    public bool Has(string otherRole, object? otherContent, KeyValuePair<string, object?>[] otherFields)
    {
        if (role != otherRole || !ReferenceEquals(content, otherContent) || fields.Length != otherFields.Length)
        {
            return false;
        }

        for (var index = 0; index < fields.Length; index++)
        {
            if (fields[index].Key != otherFields[index].Key || !Equals(fields[index].Value, otherFields[index].Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The JSON of the message, written earlier. Null if it was not, or for others.</summary>
    /// <param name="writtenFor">Whose limits and redaction it was written with.</param>
    public byte[]? JsonFor(object writtenFor) => _written is { } written && ReferenceEquals(written.For, writtenFor) ? written.Json : null;

    /// <summary>Keeps the JSON.</summary>
    public void Keep(object writtenFor, byte[] json) => _written = new WrittenJson(writtenFor, json);

    private sealed record WrittenJson(object For, byte[] Json);
}
