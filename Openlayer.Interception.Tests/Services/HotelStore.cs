using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Openlayer.Interception.Tests.Services;

/// <summary>A vector store in memory, written against the abstractions as the connectors are.</summary>
public class HotelStore : VectorStore
{
    private readonly HotelCollection _hotels = new("hotels", embeddings: null);

    public override VectorStoreCollection<TKey, TRecord> GetCollection<TKey, TRecord>(string name, VectorStoreCollectionDefinition? definition = null) =>
        (VectorStoreCollection<TKey, TRecord>)(object)_hotels;

    public override VectorStoreCollection<object, Dictionary<string, object?>> GetDynamicCollection(string name, VectorStoreCollectionDefinition definition) =>
        throw new NotSupportedException();

    public override IAsyncEnumerable<string> ListCollectionNamesAsync(CancellationToken cancellationToken = default) => AsyncEnumerable.Empty<string>();

    public override Task<bool> CollectionExistsAsync(string name, CancellationToken cancellationToken = default) => Task.FromResult(true);

    public override Task EnsureCollectionDeletedAsync(string name, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override object? GetService(Type serviceType, object? serviceKey = null) => null;
}

/// <summary>A document of the store.</summary>
public sealed class Hotel
{
    [VectorStoreKey]
    public string Id { get; init; } = "";

    [VectorStoreData]
    public string Name { get; set; } = "";

    [VectorStoreVector(3)]
    public ReadOnlyMemory<float>? Vector { get; init; }
}

/// <summary>A collection of three hotels. A search for <c>nothing</c> finds none, one for <c>broken</c> fails after the first.</summary>
/// <param name="name">The collection's name.</param>
/// <param name="embeddings">Makes the embedding of a text that is searched for. Null if the collection makes none.</param>
public class HotelCollection(string name, IEmbeddingGenerator<string, Embedding<float>>? embeddings) : VectorStoreCollection<string, Hotel>, IKeywordHybridSearchable<Hotel>
{
    public static readonly IReadOnlyList<(Hotel Hotel, double Score)> All =
    [
        (new() { Id = "1", Name = "Ritz" }, 0.9), (new() { Id = "2", Name = "Adlon" }, 0.8), (new() { Id = "3", Name = "Sacher" }, 0.7),
    ];

    public override string Name => name;

    public override async IAsyncEnumerable<VectorSearchResult<Hotel>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<Hotel>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (embeddings is not null && searchValue is string text)
        {
            await embeddings.GenerateAsync([text], cancellationToken: cancellationToken);
        }

        await foreach (var result in ResultsAsync(searchValue, top))
        {
            yield return result;
        }
    }

    // Not virtual, as in the connectors.
    public IAsyncEnumerable<VectorSearchResult<Hotel>> HybridSearchAsync<TInput>(
        TInput searchValue, ICollection<string> keywords, int top, HybridSearchOptions<Hotel>? options = null, CancellationToken cancellationToken = default)
        where TInput : notnull => ResultsAsync(searchValue, top);

    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task<Hotel?> GetAsync(string key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult<Hotel?>(All.Single(entry => entry.Hotel.Id == key).Hotel);

    public override IAsyncEnumerable<Hotel> GetAsync(
        Expression<Func<Hotel, bool>> filter, int top, FilteredRecordRetrievalOptions<Hotel>? options = null, CancellationToken cancellationToken = default) =>
        All.Select(static entry => entry.Hotel).Where(filter.Compile()).ToAsyncEnumerable();

    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task UpsertAsync(Hotel record, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task UpsertAsync(IEnumerable<Hotel> records, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override object? GetService(Type serviceType, object? serviceKey = null) => serviceType.IsInstanceOfType(this) ? this : null;

    private static async IAsyncEnumerable<VectorSearchResult<Hotel>> ResultsAsync(object searchValue, int top)
    {
        await Task.Yield();
        if (searchValue is "nothing")
        {
            yield break;
        }

        foreach (var (hotel, score) in All.Take(top))
        {
            yield return new(new Hotel { Id = hotel.Id, Name = hotel.Name }, score);
            if (searchValue is "broken")
            {
                throw new VectorStoreException("The index is broken.");
            }
        }
    }
}
