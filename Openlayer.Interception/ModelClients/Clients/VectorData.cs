using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>The collections of Microsoft.Extensions.VectorData, as of 10.11, with any connector.</summary>
internal static class VectorData
{
    private const string Namespace = "Microsoft.Extensions.VectorData";

    private static readonly ModelOperation Search = new()
    {
        Method = "SearchAsync",
        StepType = StepType.Retriever,
        Prompt = new("searchValue"),
        Parameters =
        [
            ("keywords", new("keywords")),
            ("top", new("top")),
            ("skip", new("options.Skip")),
            ("filter", new("options.Filter.ToString()")),
            ("score_threshold", new("options.ScoreThreshold")),
        ],
        Documents = new(ValuePath.Self),
        DocumentFields = [("document", new("Record")), ("score", new("Score"))],
        ClientMetadata = [("collection", new("Name"))],
    };

    private static readonly ModelOperation HybridSearch = Search with { Method = "HybridSearchAsync" };

    public static readonly ProviderClient[] Clients =
    [
        Client("VectorStoreCollection`2", Search, HybridSearch),
        Client("IVectorSearchable`1", Search),
        Client("IKeywordHybridSearchable`1", HybridSearch),
        Client("VectorStore") with { FactoryMembers = ["GetCollection", "GetDynamicCollection"] },
    ];

    private static ProviderClient Client(string name, params ModelOperation[] operations) => new()
    {
        TypeName = $"{Namespace}.{name}",
        AssemblyName = $"{Namespace}.Abstractions",
        Operations = operations,
    };
}
