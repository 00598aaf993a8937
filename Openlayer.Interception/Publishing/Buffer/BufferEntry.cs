namespace Openlayer.Interception.Publishing.Buffer;

/// <summary>A file in the folder of the offline buffer, or in its folder <c>set-aside</c>.</summary>
/// <param name="Path">The absolute path.</param>
/// <param name="Kind">What the file is.</param>
/// <param name="Length">The size in bytes.</param>
/// <param name="Modified">The time of the last write.</param>
/// <param name="InferenceId">The id of the application's row, or of the row that it updates. Null if unknown.</param>
internal sealed record BufferEntry(string Path, BufferEntryKind Kind, long Length, DateTime Modified, string? InferenceId = null)
{
    public string Name { get; } = System.IO.Path.GetFileName(Path);
}
