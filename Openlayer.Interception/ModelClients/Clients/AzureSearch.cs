namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>Azure.Search.Documents, as of 11.5. A request for a further page of results is a retrieval of its own.</summary>
internal static class AzureSearch
{
    private static readonly ModelOperation Search = new()
    {
        StepType = StepType.Retriever,
        Prompt = new("searchText"),
        Parameters =
        [
            ("top", new("options.Size")),
            ("skip", new("options.Skip")),
            ("filter", new("options.Filter")),
            ("select", new("options.Select")),
            ("order_by", new("options.OrderBy")),
            ("search_fields", new("options.SearchFields")),
            ("query_type", new("options.QueryType.ToString()")),
            ("vector_queries", new("options.VectorSearch.Queries.Count")),
            ("semantic_configuration", new("options.SemanticSearch.SemanticConfigurationName")),
        ],
        Response = new("GetRawResponse().Content.ToString()"),
        IsResponseJson = true,
        Documents = new("value"),
        DocumentAnnotations = "@search.",
        ClientMetadata = [("index", new("IndexName"))],
    };

    public static readonly ProviderClient[] Clients =
    [
        new()
        {
            TypeName = "Azure.Search.Documents.SearchClient",
            AssemblyName = "Azure.Search.Documents",
            Operations = [Search with { Method = "Search" }, Search with { Method = "SearchAsync" }],
        },
        new()
        {
            TypeName = "Azure.Search.Documents.Indexes.SearchIndexClient",
            AssemblyName = "Azure.Search.Documents",
            FactoryMembers = ["GetSearchClient"],
        },
    ];
}
