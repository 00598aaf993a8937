namespace Openlayer.Interception.Capture.Converters;

/// <summary>The entries of a dictionary when it was captured.</summary>
/// <param name="type">Writes the entries.</param>
/// <param name="entries">The entries. Their keys are texts.</param>
internal sealed class CopiedDictionary(DictionaryConverter type, List<KeyValuePair<object, object?>> entries)
{
    public List<KeyValuePair<object, object?>> Entries => entries;

    public void WriteTo(SnapshotWriter writer) => type.Write(writer, this);
}
