using System.ClientModel;
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;
using OllamaSharp;
using OllamaSharp.Models;
using OpenAI;
using OpenAI.Embeddings;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>What is read of requests and responses in unusual circumstances: buffered bodies, embeddings, repeated usage, names and limits.</summary>
public sealed class ModelReadingTests : IAsyncLifetime
{
    private TestedClients _clients = null!;

    public static TheoryData<string> Bodies => ["string", "buffer", "memory", "seekable", "read twice"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task An_adapter_over_a_traced_client_has_output_and_tokens_if_a_handler_buffers_the_body(string body)
    {
        await using var container = Build(new BufferingHandler(body), out var published);
        var client = container.Resolve<OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient();

        var text = string.Concat(await client.GetStreamingResponseAsync("capital?", cancellationToken: Cancellation).ToListAsync(Cancellation));
        var whole = await client.GetResponseAsync("capital?", cancellationToken: Cancellation);

        Assert.Equal((OpenAIServer.DefaultAnswer, OpenAIServer.DefaultAnswer), (text, whole.Text));
        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Equal(2, published.Traces.Count);
        Assert.All(published.Traces, static trace =>
        {
            var step = Assert.IsType<ChatCompletionStep>(trace.Root);
            Assert.Equal(OpenAIServer.DefaultAnswer, step.Output);
            Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
            Assert.Equal("gpt-4o-mini-2024-07-18", step.Metadata["servedModel"]);
        });
    }

    [Theory]
    [InlineData("typed")]
    [InlineData("wire, numbers")]
    [InlineData("wire, base64")]
    [InlineData("generator")]
    [InlineData("generator over the wire")]
    [InlineData("Ollama")]
    public async Task An_embedding_has_its_texts_as_input_and_count_and_dimensions_but_no_vectors(string client)
    {
        string[] texts = ["one", "two"];
        await (client switch
        {
            "typed" => _clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(texts, cancellationToken: Cancellation),
            "wire, numbers" => _clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(Body("float")),
            "wire, base64" => _clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(Body("base64")),
            "generator" => _clients.Get<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(texts, cancellationToken: Cancellation),
            "generator over the wire" => _clients.Get<EmbeddingClient>().AsIEmbeddingGenerator().GenerateAsync(texts, cancellationToken: Cancellation),
            _ => (Task)_clients.Get<IOllamaApiClient>().EmbedAsync(new EmbedRequest { Input = [.. texts] }, Cancellation),
        });

        var step = Assert.IsType<EmbeddingStep>((await _clients.PublishedAsync()).Root);
        Assert.Equal("""{"input":["one","two"]}""", RecordedJson.Of(step.Inputs));
        Assert.Equal((2, 3, 7), (step.EmbeddingCount, step.EmbeddingDimensions, step.PromptTokens));
        var raw = RecordedJson.Of(step.RawOutput);
        Assert.DoesNotContain("0.125", raw, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAAP", raw, StringComparison.Ordinal);
        Assert.Contains("\"dimensions\":3", raw, StringComparison.Ordinal);

        static BinaryContent Body(string format) => BinaryContent.Create(BinaryData.FromString(
            $$"""{"model":"text-embedding-3-small","input":["one","two"],"encoding_format":"{{format}}"}"""));
    }

    [Fact]
    public async Task The_input_of_embeddings_of_tokens_is_the_tokens()
    {
        ReadOnlyMemory<int>[] tokens = [new[] { 1, 2 }, new[] { 3 }];
        await _clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(tokens, cancellationToken: Cancellation);

        var step = Assert.IsType<EmbeddingStep>((await _clients.PublishedAsync()).Root);
        Assert.Equal("""{"input":[[1,2],[3]]}""", RecordedJson.Of(step.Inputs));
        Assert.Equal((2, 3), (step.EmbeddingCount, step.EmbeddingDimensions));
    }

    [Fact]
    public async Task The_input_of_one_embedding_is_the_text()
    {
        await _clients.Get<EmbeddingClient>().GenerateEmbeddingAsync("one", cancellationToken: Cancellation);

        var step = Assert.IsType<EmbeddingStep>((await _clients.PublishedAsync()).Root);
        Assert.Equal("""{"input":"one"}""", RecordedJson.Of(step.Inputs));
        Assert.Equal((1, 3), (step.EmbeddingCount, step.EmbeddingDimensions));
    }

    [Theory]
    [InlineData(TestedClients.OverProxy)]
    [InlineData(TestedClients.Layered)]
    public async Task Usage_that_a_provider_repeats_on_each_chunk_is_not_summed_over_a_traced_client(string name)
    {
        _clients.OpenAI.AnswerWith(static async context =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var number = 1; number <= 10; number++)
            {
                var chunk = new
                {
                    id = "chatcmpl-1",
                    @object = "chat.completion.chunk",
                    created = 1_700_000_000,
                    model = "gpt-4o-mini",
                    choices = new[] { new { index = 0, delta = new { content = "x" } } },
                    usage = new { prompt_tokens = 20, completion_tokens = number, total_tokens = 20 + number },
                };
                await context.Response.WriteAsync($"data: {JsonSerializer.Serialize(chunk)}\n\n");
            }

            await context.Response.WriteAsync("data: [DONE]\n\n");
        });
        await using var container = Build(new HttpClientHandler(), out var published, builder => builder
            .Register(static context => context.Resolve<OpenAIClient>().GetChatClient("gpt-4o-mini").AsIChatClient()).As<IChatClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        var client = name == TestedClients.OverProxy ? container.Resolve<IChatClient>() : new ConfigureOptionsChatClient(container.Resolve<IChatClient>(), static _ => { });
        await client.GetStreamingResponseAsync("capital?", cancellationToken: Cancellation).ToListAsync(Cancellation);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.DoesNotContain("200", RecordedJson.Of(step.RawOutput), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", "gpt-4o", "OpenAI Chat Completion", "openai", "gpt-4o")]
    [InlineData("openai.responses", "gpt-4o", "OpenAI Chat Completion", "openai", "gpt-4o")]
    [InlineData("azure.ai.openai", "gpt-4o", "Azure OpenAI Chat Completion", "azure", "gpt-4o")]
    [InlineData("anthropic", "claude-sonnet-4-5", "Anthropic Message Creation", "anthropic", "claude-sonnet-4-5")]
    [InlineData("Groq", "llama", "Groq Chat Completion", "groq", "llama")]
    [InlineData("mistral_ai", "mistral-large", "Mistral Chat Completion", "mistral", "mistral-large")]
    [InlineData("gcp.gemini", "models/gemini-2.0-flash", "Gemini Generation", "gemini", "gemini-2.0-flash")]
    [InlineData("google", "gemini-2.0-flash", "Gemini Generation", "gemini", "gemini-2.0-flash")]
    [InlineData("aws.bedrock", "anthropic.claude-3", "AWS Bedrock Model Invocation", "bedrock", "anthropic.claude-3")]
    [InlineData("Amazon Bedrock", "anthropic.claude-3", "AWS Bedrock Model Invocation", "bedrock", "anthropic.claude-3")]
    [InlineData("acme", "a/b", "acme Chat Completion", "acme", "a/b")]
    public async Task Steps_and_providers_have_the_names_under_which_Openlayer_knows_them(
        string reported, string model, string name, string slug, string recordedModel)
    {
        await using var container = Build(new HttpClientHandler(), out var published, builder => builder
            .Register(_ => new LongChatClient(new(reported, null, model), "Paris", 1)).As<IChatClient>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        await container.Resolve<IChatClient>().GetResponseAsync([new(new ChatRole("human"), "capital?")], cancellationToken: Cancellation);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        Assert.Equal((name, slug, recordedModel), (step.Name, step.Provider!.ToLowerInvariant(), step.Model));
        Assert.Equal("""{"prompt":[{"role":"user","content":"capital?"}]}""", RecordedJson.Of(step.Inputs));
    }

    [Fact]
    public async Task The_text_of_a_stream_obeys_the_limit_of_strings()
    {
        await using var container = Build(
            new HttpClientHandler(),
            out var published,
            builder => builder.Register(_ => new LongChatClient(new("openai"), new string('x', 1_000), 50)).As<IChatClient>()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
            static options => options.Capture.MaxStringLength = 100);

        await container.Resolve<IChatClient>().GetStreamingResponseAsync("capital?", cancellationToken: Cancellation).ToListAsync(Cancellation);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        var expected = new string('x', 100) + "… [+49900 characters]";
        Assert.Equal(expected, step.Output);
        Assert.Equal(expected, Assert.IsType<JsonElement>(step.RawOutput).GetProperty("output").GetString());
    }

    [Theory]
    [InlineData(0, """["[\u002B2 items]"]""", """["[\u002B3 items]"]""")]
    [InlineData(1, """["[\u002B2 items]"]""", """["[\u002B3 items]"]""")]
    [InlineData(
        2,
        """[{"role":"user","content":["a","[\u002B2 items]"]},{"role":"user","content":"d"}]""",
        """[{"type":"function","name":"f","\u2026":"[\u002B2 entries]"},"[\u002B2 items]"]""")]
    public async Task Messages_parts_and_tools_beyond_the_limit_are_counted_whatever_the_limit_is(int maxItems, string prompt, string tools)
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { publisher }, Capture = { MaxItems = maxItems } });
        using var client = tracer.Intercept<IChatClient>(new LongClient { Messages = 1, Parts = 1, Calls = 2 });
        var parts = new ChatMessage(ChatRole.User, [new TextContent("a"), new TextContent("b"), new TextContent("c")]);

        await client.GetResponseAsync(
            [parts, new ChatMessage(ChatRole.User, "d")],
            new() { Tools = [.. Enumerable.Repeat(AIFunctionFactory.Create(static (int number) => number, "f"), 3)] },
            Cancellation);

        await tracer.FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(publisher.Traces).Root);
        Assert.Equal(prompt, RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal(tools, RecordedJson.Of(step.ModelParameters!["tools"]));
    }

    [Fact]
    [Trait("Clock", "Real")]
    public async Task Lists_in_requests_and_responses_are_read_only_as_far_as_they_are_recorded()
    {
        const int Many = 200_000;
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { publisher } });
        var bare = new LongClient();
        using var client = tracer.Intercept<IChatClient>(bare);
        using var generator = tracer.Intercept<IEmbeddingGenerator<string, Embedding<float>>>(new LongClient());
        var messages = new CountingList<ChatMessage>([.. Enumerable.Range(0, Many).Select(static number => new ChatMessage(ChatRole.User, $"{number}"))]);
        var parts = new ChatMessage(ChatRole.User, [.. Enumerable.Range(0, Many).Select(static number => new TextContent($"{number}"))]);
        var tools = new ChatOptions { Tools = [.. Enumerable.Repeat(AIFunctionFactory.Create(static (int number) => number, "f"), 20_000)] };
        var texts = new CountingList<string>([.. Enumerable.Range(0, Many).Select(static number => $"{number}")]);

        await client.GetResponseAsync(messages, cancellationToken: Cancellation);
        Assert.InRange(messages.Read, 1_000, 1_001);
        Assert.EndsWith($"{{\"role\":\"user\",\"content\":\"998\"}},\"[\\u002B{Many - 999} items]\"]}}", await InputsAsync(), StringComparison.Ordinal);
        await FastAsync(() => client.GetResponseAsync([parts], cancellationToken: Cancellation));
        Assert.EndsWith($"\"998\",\"[\\u002B{Many - 999} items]\"]}}]}}", await InputsAsync(), StringComparison.Ordinal);
        await FastAsync(() => client.GetResponseAsync("hi", tools, Cancellation));
        await tracer.FlushAsync(Cancellation);
        Assert.EndsWith("\"[\\u002B19001 items]\"]}", RecordedJson.Of(((ChatCompletionStep)publisher.Traces[^1].Root).ModelParameters), StringComparison.Ordinal);
        await generator.GenerateAsync(texts, cancellationToken: Cancellation);
        Assert.InRange(texts.Read, 1_000, 1_001);
        Assert.EndsWith($"\"998\",\"[\\u002B{Many - 999} items]\"]}}", await InputsAsync(), StringComparison.Ordinal);

        bare.Messages = Many;
        await FastAsync(() => client.GetResponseAsync("hi", cancellationToken: Cancellation));
        Assert.Equal(true, await PartsOmittedAsync());
        (bare.Messages, bare.Parts) = (1, Many);
        await FastAsync(() => client.GetResponseAsync("hi", cancellationToken: Cancellation));
        Assert.Equal(true, await PartsOmittedAsync());
        (bare.Parts, bare.Calls) = (1, Many);
        await FastAsync(() => client.GetResponseAsync("hi", cancellationToken: Cancellation));
        Assert.Equal(true, await PartsOmittedAsync());
        bare.Calls = 2;
        await FastAsync(() => client.GetResponseAsync("hi", cancellationToken: Cancellation));
        Assert.Null(await PartsOmittedAsync());

        async Task<string> InputsAsync()
        {
            await tracer.FlushAsync(Cancellation);
            return RecordedJson.Of(publisher.Traces[^1].Root.Inputs);
        }

        async Task<object?> PartsOmittedAsync()
        {
            await tracer.FlushAsync(Cancellation);
            return publisher.Traces[^1].Root.Metadata.TryGetValue("partsOmitted", out var value) ? value : null;
        }

        // Far above what it takes, and far below what it took without a bound.
        static async Task FastAsync(Func<Task> call)
        {
            var start = System.Diagnostics.Stopwatch.GetTimestamp();
            await call();
            Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        }
    }

    [Fact]
    public async Task A_lazy_prompt_obeys_the_limit_of_items_and_reaches_the_client_whole()
    {
        var client = new LongChatClient(new("openai"), "Paris", 1);
        await using var container = Build(
            new HttpClientHandler(),
            out var published,
            builder => builder.Register(_ => client).As<IChatClient>()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
            static options => options.Capture.MaxItems = 3);

        await container.Resolve<IChatClient>().GetResponseAsync(
            Enumerable.Range(0, 100).Select(static number => new ChatMessage(ChatRole.User, $"{number}")), cancellationToken: Cancellation);

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        Assert.Equal(100, client.Received);
        Assert.Equal(
            """{"prompt":[{"role":"user","content":"0"},{"role":"user","content":"1"},"[\u002B98 items]"]}""",
            RecordedJson.Of(Assert.Single(published.Traces).Root.Inputs));
    }

    private IContainer Build(
        HttpMessageHandler handler,
        out InMemoryTracePublisher published,
        Action<ContainerBuilder>? register = null,
        Action<OpenlayerOptions>? configure = null)
    {
        var publisher = published = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
            configure?.Invoke(options);
        });
        var client = new OpenAIClientOptions
        {
            Endpoint = _clients.OpenAI.Endpoint,
            RetryPolicy = new ClientRetryPolicy(0),
            Transport = new HttpClientPipelineTransport(new HttpClient(handler)),
        };
        builder.RegisterType<OpenAIClient>().WithParameter("credential", new ApiKeyCredential("key")).WithParameter("options", client)
            .EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        register?.Invoke(builder);
        return builder.Build();
    }

    // A handler that logs the body, as applications have them.
    private sealed class BufferingHandler(string body) : DelegatingHandler(new HttpClientHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            switch (body)
            {
                case "string":
                    Assert.NotEmpty(await response.Content.ReadAsStringAsync(cancellationToken));
                    break;
                case "buffer":
#pragma warning disable CA2016 // .NET 8 has no overload with a token.
                    await response.Content.LoadIntoBufferAsync();
#pragma warning restore CA2016
                    break;
                case "memory":
                    Replace(response, new ByteArrayContent(await response.Content.ReadAsByteArrayAsync(cancellationToken)));
                    break;
                default:
                    var stream = new SeekableStream(await response.Content.ReadAsByteArrayAsync(cancellationToken));
                    if (body == "read twice")
                    {
                        await stream.ReadExactlyAsync(new byte[10], cancellationToken);
                        stream.Position = 0;
                    }

                    Replace(response, new StreamContent(stream));
                    break;
            }

            return response;
        }

        private static void Replace(HttpResponseMessage response, HttpContent content)
        {
            content.Headers.ContentType = response.Content.Headers.ContentType;
            response.Content = content;
        }
    }

    // Seekable like a file, but not a MemoryStream.
    private sealed class SeekableStream(byte[] bytes) : Stream
    {
        private readonly MemoryStream _bytes = new(bytes);

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => _bytes.Length;

        public override long Position
        {
            get => _bytes.Position;
            set => _bytes.Position = value;
        }

        public override int Read(byte[] buffer, int offset, int count) => _bytes.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => _bytes.Seek(offset, origin);

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }
    }

    private sealed class LongChatClient(ChatClientMetadata metadata, string piece, int pieces) : IChatClient
    {
        public int Received { get; private set; }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
        {
            Received = messages.Count();
            return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, piece)));
        }

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            for (var number = 0; number < pieces; number++)
            {
                yield return new(ChatRole.Assistant, piece);
            }
        }

        public object? GetService(Type serviceType, object? serviceKey) => serviceType == typeof(ChatClientMetadata) ? metadata : null;

        public void Dispose()
        {
        }
    }

    private sealed class CountingList<T>(T[] items) : IReadOnlyCollection<T>
    {
        public int Count => items.Length;

        public int Read { get; private set; }

        public IEnumerator<T> GetEnumerator()
        {
            foreach (var item in items)
            {
                Read++;
                yield return item;
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class LongClient : IChatClient, IEmbeddingGenerator<string, Embedding<float>>
    {
        public int Messages { get; set; } = 1;

        public int Parts { get; set; } = 1;

        public int Calls { get; set; }

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            AIContent[] contents =
            [
                .. Enumerable.Repeat(new TextContent("a"), Parts),
                .. Enumerable.Range(0, Calls).Select(static number => new FunctionCallContent($"{number}", "f")),
            ];
            return Task.FromResult(new ChatResponse(Enumerable.Repeat(new ChatMessage(ChatRole.Assistant, contents), Messages).ToList()));
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
            IEnumerable<string> values, Microsoft.Extensions.AI.EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GeneratedEmbeddings<Embedding<float>>([new Embedding<float>(new float[3])]));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
