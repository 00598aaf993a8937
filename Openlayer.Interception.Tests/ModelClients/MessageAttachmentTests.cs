using Anthropic;
using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using OllamaSharp;
using OllamaSharp.Models.Chat;
using OpenAI.Chat;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Publishing.Attachments;
using BinaryContent = System.ClientModel.BinaryContent;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using ChatRole = Microsoft.Extensions.AI.ChatRole;
using OllamaRole = OllamaSharp.Models.Chat.ChatRole;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Images, audio and files in messages of each SDK are attachments, with the bytes that are in the message.</summary>
public sealed class MessageAttachmentTests : IAsyncLifetime
{
    private const string UriOfPng = "s3://bucket/attachments/e9dd2797018cad79186e03e8c5aec8dc.png";

    private static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgo=");

    private static readonly string Base64 = Convert.ToBase64String(Png);

    private static readonly Dictionary<string, Func<TestedClients, Task>> Requests = new()
    {
        ["IChatClient, bytes"] = static clients => clients.Get<IChatClient>().GetResponseAsync(User(new DataContent(Png, "image/png")), cancellationToken: Cancellation),
        ["IChatClient, data URI"] = static clients => clients.Get<IChatClient>().GetResponseAsync(User(new DataContent($"data:image/png;base64,{Base64}")), cancellationToken: Cancellation),
        ["IChatClient over a traced client"] = static clients =>
            clients.Get<IChatClient>(TestedClients.OverProxy).GetResponseAsync(User(new DataContent(Png, "image/png")), cancellationToken: Cancellation),
        ["IChatClient, layered"] = static clients =>
            clients.Get<IChatClient>(TestedClients.Layered).GetResponseAsync(User(new DataContent(Png, "image/png")), cancellationToken: Cancellation),
        ["IChatClient, streamed"] = static clients =>
            clients.Get<IChatClient>().GetStreamingResponseAsync(User(new DataContent(Png, "image/png")), cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask(),
        ["OpenAI chat"] = static clients => clients.Get<ChatClient>().CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes(Png), "image/png"))], cancellationToken: Cancellation),
        ["OpenAI chat, data URI"] = static clients => clients.Get<ChatClient>().CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateImagePart(new Uri($"data:image/png;base64,{Base64}")))], cancellationToken: Cancellation),
        ["OpenAI chat, file"] = static clients => clients.Get<ChatClient>().CompleteChatAsync(
            [new UserChatMessage(ChatMessageContentPart.CreateFilePart(BinaryData.FromBytes(Png), "image/png", "cat.png"))], cancellationToken: Cancellation),
        ["OpenAI chat on the wire"] = static clients => clients.Get<ChatClient>().CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(
            $$$"""{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{Base64}}}"}}]}]}"""))),
        ["OpenAI Responses, image"] = static clients => clients.Get<ResponsesClient>().CreateResponseAsync(
            new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem([ResponseContentPart.CreateInputImagePart(BinaryData.FromBytes(Png, "image/png"))])]), Cancellation),
        ["OpenAI Responses, file"] = static clients => clients.Get<ResponsesClient>().CreateResponseAsync(
            new CreateResponseOptions("m", [ResponseItem.CreateUserMessageItem([ResponseContentPart.CreateInputFilePart(BinaryData.FromBytes(Png), "image/png", "cat.png")])]),
            Cancellation),
        ["OpenAI Responses on the wire"] = static clients => clients.Get<ResponsesClient>().CreateResponseAsync(BinaryContent.Create(BinaryData.FromString(
            $$$"""{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,{{{Base64}}}"}]}]}"""))),
        ["Anthropic"] = static clients => clients.Get<IAnthropicClient>().Messages.Create(
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
            Cancellation),
        ["Ollama"] = static clients => clients.Get<IOllamaApiClient>()
            .ChatAsync(new ChatRequest { Messages = [new(OllamaRole.User, "What?", [Base64])] }, Cancellation).ToListAsync(Cancellation).AsTask(),
        ["Semantic Kernel"] = static clients => clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(
            new ChatHistory { new Microsoft.SemanticKernel.ChatMessageContent(AuthorRole.User, [new ImageContent(Png, "image/png")]) }, cancellationToken: Cancellation),
    };

    private StorageServer _server = null!;
    private TestedClients _clients = null!;

    public static TheoryData<string> AllRequests => [.. Requests.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await StorageServer.StartAsync();
        _clients = await TestedClients.StartAsync(new() { Configure = _server.Configure });
    }

    public async ValueTask DisposeAsync()
    {
        await _clients.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(AllRequests))]
    public async Task An_image_in_a_message_is_uploaded_once_and_named_in_its_place(string name)
    {
        await Requests[name](_clients);
        await _clients.Tracer.FlushAsync(Cancellation);

        var row = await _server.RowAsync();
        var content = row.GetProperty("prompt").EnumerateArray().Last().GetProperty("content");
        var item = content.EnumerateArray().Single(static part => part.GetProperty("type").GetString() != "text");
        var attachment = item.GetProperty("attachment");
        Assert.Equal("image", item.GetProperty("type").GetString());
        Assert.Equal("image/png", attachment.GetProperty("mediaType").GetString());
        Assert.Equal(UriOfPng, attachment.GetProperty("storageUri").GetString());
        Assert.Equal((8, "e9dd2797018cad79186e03e8c5aec8dc"), (attachment.GetProperty("sizeBytes").GetInt32(), attachment.GetProperty("checksumMd5").GetString()));
        Assert.EndsWith("\x0089PNG\r\n\u001a\n", (await StorageServer.PartsAsync(Assert.Single(_server.Uploads)))[^1].Body, StringComparison.Ordinal);
        Assert.DoesNotContain("iVBOR", row.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("dataBase64", row.ToString(), StringComparison.Ordinal);
        await TracedApplication.UntilAsync(() => _clients.Tracer.Steps.Capture.Attachments.BytesInMemory == 0);
    }

    [Fact]
    public async Task Streamed_audio_is_uploaded_as_one_object()
    {
        _clients.OpenAI.AnswerDeltas(
            "stop",
            new { role = "assistant", audio = new { id = "audio_1", data = "UklG", transcript = "Me" } },
            new { audio = new { data = "Rg==", transcript = "ow." } });

        await foreach (var update in _clients.Get<ChatClient>().CompleteChatStreamingAsync([new UserChatMessage("Speak.")], cancellationToken: Cancellation))
        {
            Assert.NotNull(update);
        }

        await _clients.Tracer.FlushAsync(Cancellation);
        var output = (await _server.RowAsync()).GetProperty("output");
        Assert.Equal("Meow.", output[0].GetProperty("text").GetString());
        Assert.Equal("s3://bucket/attachments/202125ffec234c941c5e136c76367b95.wav", output[1].GetProperty("attachment").GetProperty("storageUri").GetString());
        Assert.Equal("RIFF", (await StorageServer.PartsAsync(Assert.Single(_server.Uploads)))[^1].Body);
    }

    [Fact]
    public async Task An_address_a_hosted_file_and_a_file_id_are_references_without_bytes()
    {
        await _clients.Get<IChatClient>().GetResponseAsync(
            User(new UriContent(new Uri("https://example.com/cat.gif"), "image/gif"), new HostedFileContent("file-1") { Name = "cat.pdf", MediaType = "application/pdf" }),
            cancellationToken: Cancellation);
        await _clients.Tracer.FlushAsync(Cancellation);

        Assert.Equal(
            """
            [{"type":"image","attachment":{"name":"image","mediaType":"image/gif","url":"https://example.com/cat.gif"}},
            {"type":"file","attachment":{"name":"cat.pdf","mediaType":"application/pdf","metadata":{"openai_file_id":"file-1"}}}]
            """.ReplaceLineEndings(""),
            RecordedJson.Of((await _server.RowAsync()).GetProperty("prompt")[0].GetProperty("content")));
        Assert.Empty(_server.Presigned);
    }

    private static ChatMessage[] User(params AIContent[] contents) => [new(ChatRole.User, contents)];
}
