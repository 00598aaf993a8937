namespace Openlayer.Interception.Tests.Publishing.Buffer;

/// <summary>A temporary folder of one test. Disposing deletes it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("openlayer-").FullName;

    /// <summary>A folder that does not exist yet. Its path contains spaces and letters of several scripts.</summary>
    public string Path => System.IO.Path.Combine(_root, "my bücher", "буфер 缓冲");

    public string[] Rows => Directory.Exists(Path) ? Directory.GetFiles(Path, "trace_*.json") : [];

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
