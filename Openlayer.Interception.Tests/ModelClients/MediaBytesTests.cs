using System.Text.Encodings.Web;
using System.Text.Json;
using Anthropic;
using Anthropic.Models.Messages;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;
using OpenAI.Chat;
using OpenAI.Responses;
using BinaryContent = System.ClientModel.BinaryContent;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using OllamaMessage = OllamaSharp.Models.Chat.Message;
using OllamaRole = OllamaSharp.Models.Chat.ChatRole;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Media bytes are nowhere in a row, however they came: as arguments, in a request or in a response, typed or on the wire.</summary>
public sealed class MediaBytesTests : IAsyncLifetime
{
    // Not the start of a known format, and too short to be recognised as base64.
    private static readonly byte[] Bytes = [0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89];

    private static readonly byte[] LongBytes = [.. Enumerable.Range(0, 48).Select(static number => (byte)((number * 73) + 11))];

    private static readonly string Base64 = Convert.ToBase64String(Bytes);

    private static readonly string LongBase64 = Convert.ToBase64String(LongBytes);

    private static readonly string DataUri = $"data:image/png;base64,{Base64}";

    /// <summary>By name: an argument of an ordinary service.</summary>
    private static readonly Dictionary<string, Func<object>> Arguments = new()
    {
        ["DataContent"] = static () => new DataContent(Bytes, "image/png"),
        ["DataContent of a data URI"] = static () => new DataContent(DataUri),
        ["UriContent with a data URI"] = static () => new UriContent(new Uri(DataUri), "image/png"),
        ["ChatMessage"] = static () => new ChatMessage(Microsoft.Extensions.AI.ChatRole.User, [new TextContent("What is this?"), new DataContent(Bytes, "audio/wav")]),
        ["list of ChatMessage"] = static () => new List<ChatMessage> { new(Microsoft.Extensions.AI.ChatRole.User, [new DataContent(Bytes, "image/png")]) },
        ["ChatResponse"] = static () => new ChatResponse(new ChatMessage(Microsoft.Extensions.AI.ChatRole.Assistant, [new DataContent(Bytes, "image/png")])),
        ["ChatOptions with a schema and media"] = static () => new ChatOptions { AdditionalProperties = new() { ["picture"] = DataUri } },
        ["BinaryData"] = static () => BinaryData.FromBytes(Bytes),
        ["BinaryData with a media type"] = static () => BinaryData.FromBytes(Bytes, "audio/mpeg"),
        ["BinaryData that holds text bytes"] = static () => BinaryData.FromBytes("RIFFWAVE"u8.ToArray()),
        ["BinaryData that holds JSON with media"] = static () => BinaryData.FromString($$$"""{"image_url":{"url":"{{{DataUri}}}"}}"""),
        ["byte[]"] = static () => Bytes,
        ["ReadOnlyMemory<byte>"] = static () => (ReadOnlyMemory<byte>)Bytes,
        ["List<byte>"] = static () => Bytes.ToList(),
        ["Queue<byte>"] = static () => new Queue<byte>(Bytes),
        ["a record with bytes"] = static () => new { Name = "cat", Bytes, More = Bytes.ToList() },
        ["data URI"] = static () => DataUri,
        ["data URI in prose"] = static () => $"Look: {DataUri}, nice.",
        ["data URI in Markdown"] = static () => $"![cat]({DataUri})",
        ["data URI in capitals"] = static () => DataUri.Replace("data:", "DATA:", StringComparison.Ordinal),
        ["data URI with parameters"] = static () => DataUri.Replace(";base64", ";name=cat.png;base64", StringComparison.Ordinal),
        ["data URI as Uri"] = static () => new Uri(DataUri),
        ["data URI in a record"] = static () => new { Picture = new Uri(DataUri), Text = DataUri },
        ["data URI in JSON text"] = static () => JsonSerializer.Serialize(new { url = DataUri }),
        ["data URI in a dictionary"] = static () => new Dictionary<string, object> { ["picture"] = DataUri },
        ["two data URIs"] = static () => $"{DataUri} and {DataUri}",
        ["base64 under a name"] = static () => JsonElement.Parse($$$"""{"input_audio":{"data":"{{{LongBase64}}}","format":"wav"}}"""),
        ["base64 in a record"] = static () => new { Data = LongBase64, MimeType = "image/png" },
        ["base64 in a list"] = static () => new { Images = new[] { LongBase64 } },
        ["base64 of a PNG in prose"] = static () => $"The picture is {Convert.ToBase64String([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. LongBytes])}.",
        ["base64 of a PDF in JSON text"] = static () => JsonSerializer.Serialize(new { file = Convert.ToBase64String([.. "%PDF-1.7\n"u8, .. LongBytes]) }),
        ["long base64 of an unknown format"] = static () => Convert.ToBase64String([.. LongBytes, .. Bytes, .. LongBytes, .. LongBytes, .. LongBytes, .. LongBytes]),
        ["base64 in lines"] = static () => Convert.ToBase64String(
            [0xFF, 0xD8, 0xFF, 0xE0, .. LongBytes, .. LongBytes, .. LongBytes, .. LongBytes], Base64FormattingOptions.InsertLineBreaks),
        ["OpenAI content part"] = static () => ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Bytes), "image/png"),
        ["OpenAI message"] = static () => new UserChatMessage(ChatMessageContentPart.CreateImagePart(new Uri(DataUri))),
        ["OpenAI response item"] = static () => ResponseItem.CreateUserMessageItem([ResponseContentPart.CreateInputImagePart(BinaryData.FromBytes(Bytes, "image/png"))]),
        ["Semantic Kernel image"] = static () => new ImageContent(Bytes, "image/png"),
        ["Semantic Kernel audio with a data URI"] = static () => new AudioContent($"data:audio/wav;base64,{Base64}"),
        ["Semantic Kernel message"] = static () => new Microsoft.SemanticKernel.ChatMessageContent(AuthorRole.User, [new ImageContent(Bytes, "image/png")]),
        ["Ollama message"] = static () => new OllamaMessage(OllamaRole.User, "What is this?", [LongBase64]),
        ["Anthropic image"] = static () => new ImageBlockParam { Source = new Base64ImageSource { Data = LongBase64, MediaType = MediaType.ImagePng } },
    };

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private TestedClients _clients = null!;

    public interface IService
    {
        object Return(object value);

        IAsyncEnumerable<byte> Stream(byte[] bytes);
    }

    public static TheoryData<string> AllArguments => [.. Arguments.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync(new()
    {
        Register = static builder => builder.RegisterType<Service>().As<IService>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
    });

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(AllArguments))]
    public async Task Arguments_and_results_have_no_bytes_of_media(string name)
    {
        _clients.Get<IService>().Return(Arguments[name]());
        _clients.Get<IService>().Return(Arguments[name]());

        await _clients.Tracer.FlushAsync(Cancellation);
        Assert.All(_clients.Published.Traces, static trace => AssertNoBytes(trace.Root));
    }

    [Fact]
    public async Task A_stream_of_bytes_is_recorded_by_its_length()
    {
        Assert.Equal(Bytes, await _clients.Get<IService>().Stream(Bytes).ToArrayAsync(Cancellation));

        Assert.Equal("""{"bytes":8}""", RecordedJson.Of((await _clients.PublishedAsync()).Root.Output));
    }

    [Fact]
    public async Task Text_that_is_no_media_stays_as_it_is()
    {
        string[] texts =
        [
            "metadata: base64, and data:", "data: the rest", "The order number is 12345678901234567890123456789012.", new('a', 400),
            "https://example.com/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/aa/bb/cc", Guid.NewGuid().ToString("N"),
            "0f8fad5bd9cb469fa165708677289500f8fad5bd9cb469fa16570867728950e", "ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT",
            "CamelCaseNamesOfTypesAreLongInSomeCodeBasesAndStayReadableInARow", "data:text/plain,hello", string.Concat(Enumerable.Repeat("word ", 200)),
        ];

        _clients.Get<IService>().Return(texts);
        _clients.Get<IService>().Return(new { data = "CustomerAccounts", images = new[] { "cats", "dogs" }, image = "0f8fad5bd9cb469fa165708677289500" });

        await _clients.Tracer.FlushAsync(Cancellation);
        Assert.Equal(JsonSerializer.Serialize(texts), JsonSerializer.Serialize(_clients.Published.Traces[0].Root.Output));
        Assert.Equal(
            """{"data":"CustomerAccounts","images":["cats","dogs"],"image":"0f8fad5bd9cb469fa165708677289500"}""",
            JsonSerializer.Serialize(_clients.Published.Traces[1].Root.Output));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_image_that_a_response_generates_is_a_content_item(bool isOnTheWire)
    {
        _clients.OpenAI.AnswerOutput(new { id = "ig_1", type = "image_generation_call", status = "completed", result = Base64, output_format = "webp" });
        var client = _clients.Get<ResponsesClient>();

        await (isOnTheWire
            ? client.CreateResponseAsync(BinaryContent.Create(BinaryData.FromString("""{"model":"gpt-4o-mini","input":"Draw a cat."}""")))
            : (Task)client.CreateResponseAsync("gpt-4o-mini", "Draw a cat.", cancellationToken: Cancellation));

        var step = await StepAsync();
        Assert.Equal("""[{"type":"image","attachment":{"name":"image.webp","mediaType":"image/webp","sizeBytes":8}}]""", RecordedJson.Of(step.Output));
    }

    [Theory]
    [InlineData("OpenAI", "Meow.")]
    [InlineData("OpenAI", null)]
    [InlineData("wire", "Meow.")]
    [InlineData("wire", null)]
    [InlineData("IChatClient", "Meow.")]
    [InlineData("IChatClient", null)]
    [InlineData("adapter", "Meow.")]
    [InlineData("Semantic Kernel", "Meow.")]
    public async Task An_audio_answer_is_a_content_item_after_its_transcript(string client, string? transcript)
    {
        _clients.OpenAI.AnswerMessage(new
        {
            role = "assistant",
            content = (string?)null,
            audio = new { id = "audio_1", data = Base64, transcript, expires_at = 1_700_000_000 },
        });

        await (client switch
        {
            "OpenAI" => _clients.Get<ChatClient>().CompleteChatAsync([new UserChatMessage("Speak.")], cancellationToken: Cancellation),
            "wire" => _clients.Get<ChatClient>().CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(
                """{"model":"gpt-4o-audio-preview","messages":[{"role":"user","content":"Speak."}]}"""))),
            "IChatClient" => _clients.Get<IChatClient>().GetResponseAsync("Speak.", cancellationToken: Cancellation),
            "adapter" => _clients.Get<IChatClient>(TestedClients.OverProxy).GetResponseAsync("Speak.", cancellationToken: Cancellation),
            _ => (Task)_clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(new ChatHistory("Speak.", AuthorRole.User), cancellationToken: Cancellation),
        });

        var output = RecordedJson.Of((await StepAsync()).Output);
        Assert.StartsWith(
            (transcript is null ? "[" : """[{"type":"text","text":"Meow."},""") + """{"type":"audio","attachment":{"name":""", output, StringComparison.Ordinal);
        Assert.Contains("\"sizeBytes\":8", output, StringComparison.Ordinal);
        Assert.True((transcript is null && client == "IChatClient") || client == "Semantic Kernel" || output.EndsWith("""{"openai_audio_id":"audio_1"}}}]""", StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streamed_audio_is_one_content_item_after_its_transcript(bool hasTranscript)
    {
        _clients.OpenAI.AnswerDeltas(
            "stop",
            new { role = "assistant", audio = new { id = "audio_1", data = Base64, transcript = hasTranscript ? "Me" : null } },
            new { audio = new { data = Base64, transcript = hasTranscript ? "ow." : null } });

        await foreach (var update in _clients.Get<ChatClient>().CompleteChatStreamingAsync([new UserChatMessage("Speak.")], cancellationToken: Cancellation))
        {
            Assert.NotNull(update);
        }

        Assert.Equal(
            (hasTranscript ? """[{"type":"text","text":"Meow."},""" : "[")
                + """{"type":"audio","attachment":{"name":"output_audio.wav","mediaType":"audio/wav","sizeBytes":16,"metadata":{"openai_audio_id":"audio_1"}}}]""",
            RecordedJson.Of((await StepAsync()).Output));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Media_in_an_answer_of_a_chat_client_are_content_items_beside_the_text(bool isStreamed)
    {
        await using var container = Build(new MediaClient(), out var published);
        var client = container.Resolve<IChatClient>();

        if (isStreamed)
        {
            await client.GetStreamingResponseAsync("Draw.", cancellationToken: Cancellation).ToListAsync(Cancellation);
        }
        else
        {
            await client.GetResponseAsync("Draw.", cancellationToken: Cancellation);
        }

        await container.Resolve<OpenlayerTracer>().FlushAsync(Cancellation);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        AssertNoBytes(step);
        Assert.Equal(
            """
            [{"type":"text","text":"A cat:"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":8}},
            {"type":"image","attachment":{"name":"image","mediaType":"image/gif","url":"https://example.com/cat.gif"}},
            {"type":"file","attachment":{"name":"cat.pdf","mediaType":"application/pdf","metadata":{"openai_file_id":"file_1"}}}]
            """.ReplaceLineEndings(""),
            RecordedJson.Of(step.Output));
    }

    [Fact]
    public async Task Requests_with_media_have_no_bytes_in_any_client()
    {
        var image = new DataContent(Bytes, "image/png");
        var history = new ChatHistory();
        history.AddUserMessage([new ImageContent(Bytes, "image/png"), new AudioContent($"data:audio/wav;base64,{Base64}")]);

        using (_clients.Tracer.StartStep("root"))
        {
            await _clients.Get<IChatClient>().GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, [image])], cancellationToken: Cancellation);
            await _clients.Get<IChatClient>(TestedClients.OverProxy).GetResponseAsync([new(Microsoft.Extensions.AI.ChatRole.User, [image])], cancellationToken: Cancellation);
            await _clients.Get<ChatClient>().CompleteChatAsync(
                [new UserChatMessage(ChatMessageContentPart.CreateInputAudioPart(BinaryData.FromBytes(Bytes), ChatInputAudioFormat.Mp3))], cancellationToken: Cancellation);
            await _clients.Get<ChatClient>().CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(
                $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"cat.pdf","file_data":"data:application/pdf;base64,{{{Base64}}}"}}]}]}""")));
            await _clients.Get<ResponsesClient>().CreateResponseAsync(
                new CreateResponseOptions(
                    "m", [ResponseItem.CreateUserMessageItem([ResponseContentPart.CreateInputFilePart(BinaryData.FromBytes(Bytes), "application/pdf", "cat.pdf")])]),
                Cancellation);
            await _clients.Get<IAnthropicClient>().Messages.Create(
                new()
                {
                    MaxTokens = 64,
                    Model = "claude-sonnet-4-5",
                    Messages =
                    [
                        new(new UserMessageParam
                        {
                            Content = new List<ContentBlockParam> { new ImageBlockParam { Source = new Base64ImageSource { Data = Base64, MediaType = MediaType.ImagePng } } },
                        }),
                    ],
                },
                Cancellation);
            await _clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Messages = [new(OllamaRole.User, "What?", [Base64])] }, Cancellation).ToListAsync(Cancellation);
            await _clients.Get<IOllamaApiClient>().GenerateAsync(new GenerateRequest { Prompt = "What?", Images = [Base64] }, Cancellation).ToListAsync(Cancellation);
            await _clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(history, cancellationToken: Cancellation);
        }

        var root = (await _clients.PublishedAsync()).Root;
        Assert.Equal(9, root.Steps.Count);
        AssertNoBytes(root);
    }

    private static void AssertNoBytes(Step step)
    {
        var row = JsonSerializer.Serialize(new { step.Inputs, step.Output, step.Metadata, (step as ModelStep)?.RawOutput, (step as ModelStep)?.ModelParameters }, Relaxed);
        string[] forms =
        [
            Base64, Base64[..8], LongBase64[4..20], string.Join(',', Bytes.Take(3)), "RIFFWAVE", "base64,", Convert.ToBase64String(LongBytes.AsSpan(1))[..16],
            Convert.ToBase64String(LongBytes.AsSpan(2))[..16],
        ];
        Assert.All(forms, form => Assert.DoesNotContain(form, row, StringComparison.Ordinal));
        Assert.All(step.Steps, AssertNoBytes);
    }

    private static IContainer Build(IChatClient client, out InMemoryTracePublisher published)
    {
        var publisher = published = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        });
        builder.Register(_ => client).As<IChatClient>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        return builder.Build();
    }

    private async Task<ModelStep> StepAsync()
    {
        var step = Assert.IsType<ModelStep>((await _clients.PublishedAsync()).Root, exactMatch: false);
        AssertNoBytes(step);
        return step;
    }

    private sealed class Service : IService
    {
        public object Return(object value) => value;

        public async IAsyncEnumerable<byte> Stream(byte[] bytes)
        {
            await Task.Yield();
            foreach (var value in bytes)
            {
                yield return value;
            }
        }
    }

    private sealed class MediaClient : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
            Task.FromResult(new ChatResponse(new ChatMessage(Microsoft.Extensions.AI.ChatRole.Assistant, Contents())));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken) =>
            Contents().Select(static content => new ChatResponseUpdate(Microsoft.Extensions.AI.ChatRole.Assistant, [content])).ToAsyncEnumerable();

        public object? GetService(System.Type serviceType, object? serviceKey) => null;

        public void Dispose()
        {
        }

        private static List<AIContent> Contents() =>
        [
            new TextContent("A cat:"),
            new ImageGenerationToolResultContent("call_1") { Outputs = [new DataContent(Bytes, "image/png")] },
            new UriContent(new Uri("https://example.com/cat.gif"), "image/gif"),
            new HostedFileContent("file_1") { Name = "cat.pdf", MediaType = "application/pdf" },
        ];
    }
}
