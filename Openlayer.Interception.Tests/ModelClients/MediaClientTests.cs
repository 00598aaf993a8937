using System.ClientModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Images;
using OpenAI.Moderations;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Images, transcriptions, speech and moderations: each request is one step, with usage, and without bytes of media.</summary>
public sealed class MediaClientTests : IAsyncLifetime
{
    private const string ImageItem = """{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":16}}""";

    /// <summary>By name: a request for an image, and whether images are part of the request.</summary>
    private static readonly Dictionary<string, (Func<MediaClients, Task> Ask, string Name)> ImageRequests = new()
    {
        ["GenerateImage"] = (static clients => Done(clients.Get<ImageClient>().GenerateImage("A cat.")), "Image Generation"),
        ["GenerateImageAsync"] = (static clients => clients.Get<ImageClient>().GenerateImageAsync("A cat.", cancellationToken: Cancellation), "Image Generation"),
        ["GenerateImages"] = (static clients => Done(clients.Get<ImageClient>().GenerateImages("A cat.", 1)), "Image Generation"),
        ["GenerateImagesAsync"] = (static clients => clients.Get<ImageClient>().GenerateImagesAsync("A cat.", 1, cancellationToken: Cancellation), "Image Generation"),
        ["GenerateImagesAsync, protocol"] = (
            static clients => clients.Get<ImageClient>().GenerateImagesAsync(Body("""{"model":"gpt-image-1","prompt":"A cat."}""")), "Image Generation"),
        ["GenerateImagesStreamingAsync, protocol"] = (
            static async clients => Assert.NotEmpty(
                await (await clients.Get<ImageClient>().GenerateImagesStreamingAsync(Body("""{"model":"gpt-image-1","prompt":"A cat.","stream":true}""")))
                    .ToListAsync(Cancellation)),
            "Image Generation"),
        ["OpenAIClient.GetImageClient"] = (
            static clients => clients.Get<OpenAIClient>().GetImageClient("gpt-image-1").GenerateImageAsync("A cat.", cancellationToken: Cancellation), "Image Generation"),
        ["IImageGenerator.GenerateAsync"] = (
            static clients => clients.Get<IImageGenerator>().GenerateAsync(new ImageGenerationRequest("A cat."), cancellationToken: Cancellation), "Image Generation"),
        ["IImageGenerator over a traced ImageClient"] = (
            static clients => clients.Tracer.Intercept(clients.Get<ImageClient>().AsIImageGenerator())
                .GenerateAsync(new ImageGenerationRequest("A cat."), cancellationToken: Cancellation),
            "Image Generation"),
        ["GenerateImageEdit"] = (static clients => Done(clients.Get<ImageClient>().GenerateImageEdit(Stream(), "cat.png", "A cat.")), "Image Edit"),
        ["GenerateImageEditsAsync"] = (
            static clients => clients.Get<ImageClient>().GenerateImageEditsAsync(Stream(), "cat.png", "A cat.", 1, cancellationToken: Cancellation), "Image Edit"),
        ["GenerateImageVariationAsync"] = (
            static clients => clients.Get<ImageClient>().GenerateImageVariationAsync(Stream(), "cat.png", cancellationToken: Cancellation), "Image Variation"),
    };

    private static readonly Dictionary<string, Func<MediaClients, Task<string>>> TranscriptionRequests = new()
    {
        ["TranscribeAudio"] = static clients => Done(clients.Get<AudioClient>().TranscribeAudio(Stream(), "question.mp3").Value.Text),
        ["TranscribeAudioAsync"] = static async clients =>
            (await clients.Get<AudioClient>().TranscribeAudioAsync(Stream(), "question.mp3", cancellationToken: Cancellation)).Value.Text,
        ["TranscribeAudioStreamingAsync"] = static async clients => string.Concat(
            await (await clients.Get<AudioClient>().TranscribeAudioStreamingAsync(Stream(), "question.mp3", cancellationToken: Cancellation))
                .OfType<StreamingAudioTranscriptionTextDeltaUpdate>().Select(static update => update.Delta).ToListAsync(Cancellation)),
        ["OpenAIClient.GetAudioClient"] = static async clients =>
            (await clients.Get<OpenAIClient>().GetAudioClient("gpt-4o-transcribe").TranscribeAudioAsync(Stream(), "question.mp3", cancellationToken: Cancellation)).Value.Text,
        ["ISpeechToTextClient.GetTextAsync"] = static async clients =>
            (await clients.Get<ISpeechToTextClient>().GetTextAsync(Stream(), cancellationToken: Cancellation)).Text,
        ["ISpeechToTextClient.GetStreamingTextAsync"] = static async clients => string.Concat(
            await clients.Tracer.Intercept<ISpeechToTextClient>(new StreamingSpeech(clients.Get<OpenAIClient>()))
                .GetStreamingTextAsync(Stream(), cancellationToken: Cancellation).Select(static update => update.Text).ToListAsync(Cancellation)),
        ["ISpeechToTextClient over a traced AudioClient"] = static async clients =>
            (await clients.Tracer.Intercept(clients.Get<AudioClient>().AsISpeechToTextClient()).GetTextAsync(Stream(), cancellationToken: Cancellation)).Text,
    };

    private static readonly Dictionary<string, (Func<MediaClients, Task> Ask, int Size)> SpeechRequests = new()
    {
        ["GenerateSpeech"] = (static clients => Done(clients.Get<AudioClient>().GenerateSpeech("Hello.", GeneratedSpeechVoice.Alloy)), 16),
        ["GenerateSpeechAsync"] = (static clients => clients.Get<AudioClient>().GenerateSpeechAsync("Hello.", GeneratedSpeechVoice.Alloy, cancellationToken: Cancellation), 16),
        ["GenerateSpeechAsync, protocol"] = (
            static clients => clients.Get<AudioClient>().GenerateSpeechAsync(Body("""{"model":"gpt-4o-mini-tts","input":"Hello.","voice":"alloy"}""")), 16),
        ["GenerateSpeechStreamingAsync"] = (
            static async clients => Assert.NotEmpty(
                await (await clients.Get<OpenAIClient>().GetAudioClient("gpt-4o-mini-tts")
                    .GenerateSpeechStreamingAsync("Hello.", GeneratedSpeechVoice.Alloy, cancellationToken: Cancellation)).ToListAsync(Cancellation)),
            32),
        ["ITextToSpeechClient.GetAudioAsync"] = (
            static clients => clients.Get<ITextToSpeechClient>().GetAudioAsync("Hello.", new() { VoiceId = "alloy" }, Cancellation), 16),
        ["ITextToSpeechClient.GetStreamingAudioAsync"] = (
            static async clients => Assert.NotEmpty(
                await clients.Tracer.Intercept<ITextToSpeechClient>(new StreamingSpeech(clients.Get<OpenAIClient>()))
                    .GetStreamingAudioAsync("Hello.", new() { VoiceId = "alloy" }, Cancellation).ToListAsync(Cancellation)),
            32),
    };

    private MediaClients _clients = null!;

    public static TheoryData<string> Images => [.. ImageRequests.Keys];

    public static TheoryData<string> Transcriptions => [.. TranscriptionRequests.Keys];

    public static TheoryData<string> Speeches => [.. SpeechRequests.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await MediaClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(Images))]
    public async Task A_generated_image_is_one_step_with_the_prompt_the_image_by_its_size_and_the_usage(string request)
    {
        var (ask, name) = ImageRequests[request];

        await ask(_clients);

        var step = await _clients.StepAsync();
        Assert.Equal(($"OpenAI {name}", "OpenAI", "gpt-image-1"), (step.Name, step.Provider, step.Model));
        var prompt = name switch
        {
            "Image Generation" => "\"A cat.\"",
            "Image Edit" => """[{"type":"text","text":"A cat."},{"type":"image","attachment":{"name":"cat.png","mediaType":"image/png","sizeBytes":16}}]""",
            _ => """[{"type":"image","attachment":{"name":"cat.png","mediaType":"image/png","sizeBytes":16}}]""",
        };
        Assert.Equal($$"""[{"role":"user","content":{{prompt}}}]""", RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal($"[{ImageItem}]", RecordedJson.Of(step.Output));
        Assert.Equal((12, 196, 208), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.NotNull(step.RawOutput);
        Assert.Equal(1, _clients.Server.Requests);
    }

    [Fact]
    public async Task A_request_for_several_images_has_its_parameters_and_every_image()
    {
        await _clients.Get<ImageClient>().GenerateImagesAsync(
            "A cat.", 2, new OpenAI.Images.ImageGenerationOptions { Quality = GeneratedImageQuality.HighQuality, Size = new(1024, 1024) }, Cancellation);

        var step = await _clients.StepAsync();
        Assert.Equal("""{"n":2,"size":"1024x1024","quality":"hd"}""", JsonSerializer.Serialize(step.ModelParameters).Replace("high", "hd", StringComparison.Ordinal));
        Assert.Equal($"[{ImageItem},{ImageItem}]", RecordedJson.Of(step.Output));
        Assert.Equal(("A grey cat.", 8, 4, 196), (step.Metadata["revisedPrompt"], Number("inputTextTokens"), Number("inputImageTokens"), Number("outputImageTokens")));

        int Number(string name) => Convert.ToInt32(step.Metadata[name], null);
    }

    [Theory]
    [MemberData(nameof(Transcriptions))]
    public async Task A_transcription_is_one_step_with_the_audio_by_its_size_the_text_and_the_usage(string request)
    {
        Assert.Equal(OpenAIMediaServer.Transcript, await TranscriptionRequests[request](_clients));

        var step = await _clients.StepAsync();
        Assert.Equal(("OpenAI Transcription", "OpenAI", "gpt-4o-transcribe"), (step.Name, step.Provider, step.Model));
        Assert.StartsWith("""[{"role":"user","content":[{"type":"audio","attachment":{"name":""", RecordedJson.Of(step.Inputs["prompt"]), StringComparison.Ordinal);
        Assert.EndsWith("\"sizeBytes\":16}}]}]", RecordedJson.Of(step.Inputs["prompt"]), StringComparison.Ordinal);
        Assert.Equal(OpenAIMediaServer.Transcript, step.Output);
        Assert.Equal((14, 6, 20), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal(1, _clients.Server.Requests);
    }

    [Fact]
    public async Task A_transcription_that_is_billed_by_time_has_the_seconds_of_audio_and_the_file_without_its_folder()
    {
        var file = Path.Combine(Path.GetTempPath(), $"question-{Guid.NewGuid():N}.mp3");
        await File.WriteAllBytesAsync(file, OpenAIMediaServer.Speech, Cancellation);
        try
        {
            await _clients.Get<AudioClient>().TranscribeAudioAsync(
                file, new() { Prompt = "Cities.", Language = "en", ResponseFormat = AudioTranscriptionFormat.Verbose });
        }
        finally
        {
            File.Delete(file);
        }

        var step = await _clients.StepAsync();
        Assert.Equal(
            $$$"""[{"role":"user","content":[{"type":"text","text":"Cities."},{"type":"audio","attachment":{"name":"{{{Path.GetFileName(file)}}}","mediaType":"audio/mpeg"}}]}]""",
            RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal("""{"language":"en","response_format":"verbose_json"}""", JsonSerializer.Serialize(step.ModelParameters));
        Assert.Equal((2.5, "english"), (step.Metadata["audioSeconds"], step.Metadata["language"]));
        Assert.Null(step.Tokens);
        Assert.Equal(OpenAIMediaServer.Transcript, step.Output);
    }

    [Theory]
    [MemberData(nameof(Speeches))]
    public async Task Speech_is_one_step_with_the_text_and_the_audio_by_its_size(string request)
    {
        var (ask, size) = SpeechRequests[request];

        await ask(_clients);

        var step = await _clients.StepAsync();
        Assert.Equal(("OpenAI Speech", "OpenAI"), (step.Name, step.Provider));
        Assert.Equal("""[{"role":"user","content":"Hello."}]""", RecordedJson.Of(step.Inputs["prompt"]));
        Assert.Equal("alloy", step.ModelParameters!["voice"]);
        Assert.Matches("""^\[{"type":"audio","attachment":{"name":"(output_)?audio\.""", RecordedJson.Of(step.Output));
        Assert.EndsWith($"\"sizeBytes\":{size}}}}}]", RecordedJson.Of(step.Output), StringComparison.Ordinal);
        if (request.Contains("Streaming", StringComparison.Ordinal))
        {
            Assert.Equal((5, 40, 45), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        }
    }

    [Theory]
    [InlineData("ClassifyText")]
    [InlineData("ClassifyTextAsync, several")]
    [InlineData("ClassifyInputsAsync")]
    [InlineData("ClassifyTextAsync, protocol")]
    [InlineData("OpenAIClient.GetModerationClient")]
    public async Task A_moderation_is_one_step_with_the_categories_and_their_scores(string request)
    {
        var client = _clients.Get<ModerationClient>();
        await (request switch
        {
            "ClassifyText" => Done(client.ClassifyText("Fight!", Cancellation)),
            "ClassifyTextAsync, several" => client.ClassifyTextAsync(["Fight!", "Run!"], Cancellation),
            "ClassifyInputsAsync" => client.ClassifyInputsAsync([ModerationInputPart.CreateTextPart("Fight!")], Cancellation),
            "ClassifyTextAsync, protocol" => client.ClassifyTextAsync(Body("""{"model":"omni-moderation-latest","input":"Fight!"}""")),
            _ => (Task)_clients.Get<OpenAIClient>().GetModerationClient("omni-moderation-latest").ClassifyTextAsync("Fight!", Cancellation),
        });

        var step = await _clients.StepAsync();
        Assert.Equal(("OpenAI Moderation", "OpenAI", "omni-moderation-latest"), (step.Name, step.Provider, step.Model));
        Assert.StartsWith("""[{"role":"user","content":"Fight!"}""", RecordedJson.Of(step.Inputs["prompt"]), StringComparison.Ordinal);
        var results = JsonSerializer.SerializeToElement(step.Output);
        Assert.Equal(request.EndsWith("several", StringComparison.Ordinal) ? 2 : 1, results.GetArrayLength());
        Assert.True(results[0].GetProperty("flagged").GetBoolean());
        Assert.Equal(0.5, results[0].GetProperty("category_scores").GetProperty("violence").GetDouble());
        Assert.Equal("modr-1", step.Metadata["responseId"]);
    }

    [Theory]
    [InlineData("image")]
    [InlineData("transcription")]
    [InlineData("streamed transcription")]
    [InlineData("speech")]
    [InlineData("moderation")]
    public async Task A_refused_request_is_a_step_with_the_exception_its_status_and_no_output(string request)
    {
        _clients.Server.AnswerError(400);

        var failure = await Assert.ThrowsAsync<ClientResultException>(async () => await (request switch
        {
            "image" => _clients.Get<ImageClient>().GenerateImageAsync("A cat.", cancellationToken: Cancellation),
            "transcription" => _clients.Get<AudioClient>().TranscribeAudioAsync(Stream(), "question.mp3", cancellationToken: Cancellation),
            "streamed transcription" => _clients.Get<AudioClient>().TranscribeAudioStreamingAsync(Stream(), "question.mp3", cancellationToken: Cancellation),
            "speech" => _clients.Get<AudioClient>().GenerateSpeechAsync("Hello.", GeneratedSpeechVoice.Alloy, cancellationToken: Cancellation),
            _ => (Task)_clients.Get<ModerationClient>().ClassifyTextAsync("Fight!", Cancellation),
        }));

        var step = await _clients.StepAsync();
        Assert.Equal((400, OpenAIServer.RequestId), (step.Metadata["status"], step.Metadata["requestId"]));
        Assert.Contains("Refused.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Refused.", JsonSerializer.Serialize(step.Metadata["Exceptions"]), StringComparison.Ordinal);
        Assert.Null(step.Output);
    }

    [Fact]
    public async Task A_streamed_transcription_that_is_left_early_has_what_was_received()
    {
        await foreach (var update in await _clients.Get<AudioClient>().TranscribeAudioStreamingAsync(Stream(), "question.mp3", cancellationToken: Cancellation))
        {
            Assert.NotNull(update);
            break;
        }

        var step = await _clients.StepAsync();
        Assert.StartsWith("The", Assert.IsType<string>(step.Output), StringComparison.Ordinal);
        Assert.Equal("left early", step.Metadata["streamEnded"]);
    }

    /// <summary>Streams as the adapters of Microsoft.Extensions.AI.OpenAI do, which need another version of the OpenAI library for it.</summary>
    private sealed class StreamingSpeech(OpenAIClient openAI) : ISpeechToTextClient, ITextToSpeechClient
    {
        private readonly AudioClient _transcriber = openAI.GetAudioClient("gpt-4o-transcribe");
        private readonly AudioClient _speaker = openAI.GetAudioClient("gpt-4o-mini-tts");

        public Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public async IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
            Stream audioSpeechStream, SpeechToTextOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in await _transcriber.TranscribeAudioStreamingAsync(audioSpeechStream, "audio.mp3", cancellationToken: cancellationToken))
            {
                yield return update switch
                {
                    StreamingAudioTranscriptionTextDeltaUpdate delta => new(delta.Delta) { Kind = SpeechToTextResponseUpdateKind.TextUpdated },
                    StreamingAudioTranscriptionTextDoneUpdate { Usage: { } usage } => new([Usage(usage.InputTokenCount, usage.OutputTokenCount)]),
                    _ => new(),
                };
            }
        }

        public Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public async IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
            string text, TextToSpeechOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await foreach (var update in await _speaker.GenerateSpeechStreamingAsync(text, options!.VoiceId!, cancellationToken: cancellationToken))
            {
                yield return update switch
                {
                    StreamingSpeechAudioDeltaUpdate delta => new([new DataContent(delta.AudioBytes.ToMemory(), "audio/mpeg")]),
                    StreamingSpeechAudioDoneUpdate { Usage: { } usage } => new([Usage(usage.InputTokenCount, usage.OutputTokenCount)]),
                    _ => new(),
                };
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(SpeechToTextClientMetadata) ? new SpeechToTextClientMetadata("openai", defaultModelId: "gpt-4o-transcribe")
            : serviceType == typeof(TextToSpeechClientMetadata) ? new TextToSpeechClientMetadata("openai", defaultModelId: "gpt-4o-mini-tts")
            : null;

        public void Dispose()
        {
        }

        private static UsageContent Usage(int input, int output) =>
            new(new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output });
    }

    private static Task<T> Done<T>(T result) => Task.FromResult(result);

    private static MemoryStream Stream() => new(OpenAIMediaServer.Image);

    private static BinaryContent Body(string json) => BinaryContent.Create(BinaryData.FromString(json));
}
