using QuickStart;

namespace WebApi;

/// <summary>The documents of this project.</summary>
public sealed class Documents(IRetriever retriever) : IDocuments
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Search(string query) => [.. retriever.Retrieve(query, count: 3).Select(passage => passage.ToString())];
}
