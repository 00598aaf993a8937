using Autofac;
using Autofac.Extras.DynamicProxy;
using Azure;
using Azure.Core.Pipeline;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;
using Azure.Search.Documents.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using Openlayer.Interception.Tests.Servers;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Searches of vector stores and of Azure AI Search: each is a retriever step with its documents and scores, in their order.</summary>
public sealed class RetrieverClientTests : IAsyncLifetime
{
    private const string TwoHotels =
        """[{"document":{"Id":"1","Name":"Ritz","Vector":null},"score":0.9},{"document":{"Id":"2","Name":"Adlon","Vector":null},"score":0.8}]""";

    private readonly InMemoryTracePublisher _published = new();
    private AzureSearchServer _server = null!;
    private IContainer _container = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OpenlayerTracer Tracer => _container.Resolve<OpenlayerTracer>();

    public async ValueTask InitializeAsync()
    {
        _server = await AzureSearchServer.StartAsync();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(_published);
        });

        // The clients accept no address without encryption.
        var endpoint = new Uri("https://hotels.search.windows.net");
        var credential = new AzureKeyCredential("key");
        var searchOptions = new SearchClientOptions
        {
            Transport = new HttpClientTransport(new HttpClient(new Redirection(_server.Endpoint))),
            Retry = { MaxRetries = 0 },
        };
        builder.RegisterType<HotelStore>().As<VectorStore>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(_ => new HotelCollection("hotels", embeddings: null)).As<IVectorSearchable<Hotel>>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(_ => new HotelCollection("hotels", embeddings: null)).As<IKeywordHybridSearchable<Hotel>>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<SearchClient>().WithParameter("endpoint", endpoint).WithParameter("indexName", "hotels").WithParameter(TypedParameter.From(credential))
            .WithParameter("options", searchOptions)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<SearchIndexClient>().WithParameter("endpoint", endpoint).WithParameter(TypedParameter.From(credential)).WithParameter("options", searchOptions)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
    }

    public async ValueTask DisposeAsync()
    {
        await _container.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("store")]
    [InlineData("interface")]
    [InlineData("hybrid, store")]
    [InlineData("hybrid, interface")]
    public async Task A_search_of_a_collection_is_a_retriever_step_with_the_query_and_the_documents_with_scores_in_order(string client)
    {
        var results = await (client switch
        {
            "store" => _container.Resolve<VectorStore>().GetCollection<string, Hotel>("hotels").SearchAsync("cosy", 2, new() { Skip = 1 }, Cancellation),
            "interface" => _container.Resolve<IVectorSearchable<Hotel>>().SearchAsync("cosy", 2, new() { Skip = 1 }, Cancellation),
            "hybrid, store" => ((IKeywordHybridSearchable<Hotel>)_container.Resolve<VectorStore>().GetCollection<string, Hotel>("hotels"))
                .HybridSearchAsync("cosy", ["bar"], 2, new() { Skip = 1 }, Cancellation),
            _ => _container.Resolve<IKeywordHybridSearchable<Hotel>>().HybridSearchAsync("cosy", ["bar"], 2, new() { Skip = 1 }, Cancellation),
        }).ToListAsync(Cancellation);

        Assert.Equal(["Ritz", "Adlon"], results.Select(static result => result.Record.Name));
        var step = await StepAsync();
        var keywords = client.StartsWith("hybrid", StringComparison.Ordinal) ? """,\"keywords\":[\"bar\"]""".Replace("\\", "", StringComparison.Ordinal) : "";
        Assert.Equal($$"""{"query":"cosy"{{keywords}},"top":2,"skip":1}""", RecordedJson.Of(step.Inputs));
        Assert.Equal(TwoHotels, RecordedJson.Of(step.Documents));
        Assert.Equal(TwoHotels, RecordedJson.Of(step.Output));
        Assert.Equal("hotels", step.Metadata["collection"]);
    }

    [Fact]
    public async Task A_document_is_recorded_as_it_was_when_it_was_found()
    {
        await foreach (var result in _container.Resolve<IVectorSearchable<Hotel>>().SearchAsync("cosy", 2, cancellationToken: Cancellation))
        {
            result.Record.Name = "changed";
        }

        Assert.Equal(TwoHotels, RecordedJson.Of((await StepAsync()).Documents));
    }

    [Theory]
    [InlineData("array")]
    [InlineData("memory")]
    [InlineData("embedding")]
    public async Task A_search_for_a_vector_has_the_number_of_its_dimensions(string query)
    {
        float[] vector = [0.25f, 0.5f, 0.75f];
        var client = _container.Resolve<IVectorSearchable<Hotel>>();

        await (query switch
        {
            "array" => client.SearchAsync(vector, 1, cancellationToken: Cancellation),
            "memory" => client.SearchAsync(new ReadOnlyMemory<float>(vector), 1, cancellationToken: Cancellation),
            _ => client.SearchAsync(new Embedding<float>(vector), 1, cancellationToken: Cancellation),
        }).ToListAsync(Cancellation);

        Assert.Equal("""{"query":{"dimensions":3},"top":1}""", RecordedJson.Of((await StepAsync()).Inputs));
    }

    [Fact]
    public async Task A_search_with_a_filter_has_it_as_text()
    {
        await _container.Resolve<IVectorSearchable<Hotel>>()
            .SearchAsync("cosy", 1, new() { Filter = hotel => hotel.Name == "Ritz", ScoreThreshold = 0.5 }, Cancellation).ToListAsync(Cancellation);

        Assert.Equal(
            """{"query":"cosy","top":1,"skip":0,"filter":"hotel => (hotel.Name == \"Ritz\")","score_threshold":0.5}""",
            RecordedJson.Of((await StepAsync()).Inputs).Replace("\\u003E", ">", StringComparison.Ordinal).Replace("\\u0022", "\\\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_search_that_is_left_early_has_the_documents_that_were_read()
    {
        await foreach (var result in _container.Resolve<IVectorSearchable<Hotel>>().SearchAsync("cosy", 3, cancellationToken: Cancellation))
        {
            if (result.Record.Name == "Adlon")
            {
                break;
            }
        }

        var step = await StepAsync();
        Assert.Equal(TwoHotels, RecordedJson.Of(step.Documents));
        Assert.Equal("left early", step.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_search_that_fails_has_the_documents_before_and_the_exception()
    {
        await Assert.ThrowsAsync<VectorStoreException>(async () =>
            await _container.Resolve<IVectorSearchable<Hotel>>().SearchAsync("broken", 3, cancellationToken: Cancellation).ToListAsync(Cancellation));

        var step = await StepAsync();
        Assert.Equal("""[{"document":{"Id":"1","Name":"Ritz","Vector":null},"score":0.9}]""", RecordedJson.Of(step.Documents));
        Assert.Contains("The index is broken.", RecordedJson.Of(step.Metadata["Exceptions"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vector store")]
    [InlineData("Azure")]
    public async Task A_search_that_finds_nothing_has_an_empty_list_of_documents(string client)
    {
        if (client == "Azure")
        {
            await _container.Resolve<SearchClient>().SearchAsync<SearchDocument>("nothing", cancellationToken: Cancellation);
        }
        else
        {
            await _container.Resolve<IVectorSearchable<Hotel>>().SearchAsync("nothing", 3, cancellationToken: Cancellation).ToListAsync(Cancellation);
        }

        var step = await StepAsync();
        Assert.Equal(("[]", "[]"), (RecordedJson.Of(step.Documents), RecordedJson.Of(step.Output)));
    }

    [Fact]
    public async Task A_traced_collection_behind_another_one_is_one_step_with_the_embedding_of_the_query_below_it()
    {
        var embeddings = Tracer.Intercept<IEmbeddingGenerator<string, Embedding<float>>>(new Embeddings());
        var inner = Tracer.Intercept<IVectorSearchable<Hotel>>(new HotelCollection("hotels", embeddings));
        var outer = Tracer.Intercept<IVectorSearchable<Hotel>>(new Cache(inner));

        await outer.SearchAsync("cosy", 2, cancellationToken: Cancellation).ToListAsync(Cancellation);

        var step = await StepAsync();
        Assert.Equal(TwoHotels, RecordedJson.Of(step.Documents));
        Assert.IsType<EmbeddingStep>(Assert.Single(step.Steps));
    }

    [Theory]
    [InlineData("Search")]
    [InlineData("SearchAsync")]
    [InlineData("SearchAsync, options only")]
    [InlineData("SearchIndexClient.GetSearchClient")]
    public async Task A_search_of_an_index_is_a_retriever_step_with_the_documents_of_its_page_and_their_scores(string request)
    {
        var client = _container.Resolve<SearchClient>();
        var options = new SearchOptions { Size = 2, Filter = "Stars gt 3" };
        await (request switch
        {
            "Search" => Task.FromResult(client.Search<SearchDocument>("cosy", options, Cancellation)),
            "SearchAsync" => client.SearchAsync<SearchDocument>("cosy", options, Cancellation),
            "SearchAsync, options only" => client.SearchAsync<SearchDocument>(options, Cancellation),
            _ => _container.Resolve<SearchIndexClient>().GetSearchClient("hotels").SearchAsync<SearchDocument>("cosy", options, Cancellation),
        });

        var step = await StepAsync();
        var query = request.EndsWith("only", StringComparison.Ordinal) ? "" : "\"query\":\"cosy\",";
        Assert.Equal($$"""{{{query}}"top":2,"filter":"Stars gt 3"}""", RecordedJson.Of(step.Inputs));
        Assert.Equal("""[{"document":{"Id":"1","Name":"Ritz"},"score":2.5},{"document":{"Id":"2","Name":"Adlon"},"score":1.5}]""", RecordedJson.Of(step.Documents));
        Assert.Equal("hotels", step.Metadata["index"]);
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task Each_page_of_results_that_is_requested_is_a_retrieval_of_its_own()
    {
        using (Tracer.StartStep("root"))
        {
            var response = await _container.Resolve<SearchClient>().SearchAsync<Hotel>("cosy", cancellationToken: Cancellation);
            Assert.Equal(3, await response.Value.GetResultsAsync().CountAsync(Cancellation));
        }

        await Tracer.FlushAsync(Cancellation);
        var pages = Assert.Single(_published.Traces).Root.Steps;
        Assert.Equal(2, _server.Requests);
        Assert.Equal(
            ["Ritz, Adlon", "Sacher"],
            pages.Select(static page => string.Join(", ", System.Text.Json.JsonSerializer.SerializeToElement(Assert.IsType<RetrieverStep>(page).Documents)
                .EnumerateArray().Select(static found => found.GetProperty("document").GetProperty("Name").GetString()))));
    }

    [Fact]
    public async Task A_search_that_the_service_refuses_has_the_exception_and_its_status()
    {
        _server.AnswerError(400);

        await Assert.ThrowsAsync<RequestFailedException>(() => _container.Resolve<SearchClient>().SearchAsync<Hotel>("cosy", cancellationToken: Cancellation));

        var step = await StepAsync();
        Assert.Equal(400, step.Metadata["status"]);
        Assert.Null(step.Documents);
    }

    private async Task<RetrieverStep> StepAsync()
    {
        await Tracer.FlushAsync(Cancellation);
        return Assert.IsType<RetrieverStep>(Assert.Single(_published.Traces).Root);
    }

    private sealed class Redirection(Uri server) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
            return base.SendAsync(request, cancellationToken);
        }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = server.Scheme, Host = server.Host, Port = server.Port }.Uri;
            return base.Send(request, cancellationToken);
        }
    }

    private sealed class Cache(IVectorSearchable<Hotel> inner) : IVectorSearchable<Hotel>
    {
        public IAsyncEnumerable<VectorSearchResult<Hotel>> SearchAsync<TInput>(
            TInput searchValue, int top, VectorSearchOptions<Hotel>? options = null, CancellationToken cancellationToken = default)
            where TInput : notnull => Forward(searchValue, top, options, cancellationToken);

        public object? GetService(Type serviceType, object? serviceKey = null) => inner.GetService(serviceType, serviceKey);

        private async IAsyncEnumerable<VectorSearchResult<Hotel>> Forward<TInput>(
            TInput searchValue,
            int top,
            VectorSearchOptions<Hotel>? options,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
            where TInput : notnull
        {
            await foreach (var result in inner.SearchAsync(searchValue, top, options, cancellationToken))
            {
                yield return result;
            }
        }
    }

    private sealed class Embeddings : IEmbeddingGenerator<string, Embedding<float>>
    {
        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new Embedding<float>(new float[] { 1, 2, 3 })]));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
