using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Responses;
using Openlayer.Interception.Tests.Servers;
using ChatMessage = OpenAI.Chat.ChatMessage;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The OpenAI library's clients, as classes and from their factory.</summary>
public sealed class OpenAIClientTests : IAsyncLifetime
{
    private static readonly ChatMessage[] Question = [new SystemChatMessage("Be brief."), new UserChatMessage("capital?")];

    private static readonly ChatTool LookUp = ChatTool.CreateFunctionTool(
        "look_up", "Looks up the weather.", BinaryData.FromString("""{"type":"object"}"""));

    private TestedClients _clients = null!;

    private ChatClient Chat => _clients.Get<ChatClient>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Fact]
    public async Task A_completion_is_a_step_with_the_whole_request_and_response()
    {
        _clients.OpenAI.AnswerMessage(new { role = "assistant", content = "Paris" }, new
        {
            prompt_tokens = 20,
            prompt_tokens_details = new { cached_tokens = 4, audio_tokens = 2 },
            completion_tokens = 10,
            completion_tokens_details = new { reasoning_tokens = 3, audio_tokens = 1 },
            total_tokens = 30,
        });

        var result = await Chat.CompleteChatAsync(Question, new() { Temperature = 0.5f, MaxOutputTokenCount = 64, Tools = { LookUp } }, Cancellation);

        Assert.Equal("chatcmpl-1", JsonElement.Parse(result.GetRawResponse().Content).GetProperty("id").GetString());
        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("OpenAI Chat Completion", "OpenAI", "gpt-4o-mini"), (step.Name, step.Provider, step.Model));
        Assert.Equal(
            """{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""",
            Json(step.Inputs));
        Assert.Equal(
            """
            {"temperature":0.5,"max_tokens":64,
            "tools":[{"type":"function","name":"look_up","description":"Looks up the weather.","parameters":{"type":"object"}}]}
            """.ReplaceLineEndings(""),
            Json(step.ModelParameters));
        Assert.Equal("Paris", step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal(
            """
            {"responseId":"chatcmpl-1","servedModel":"gpt-4o-mini-2024-07-18","finishReason":"stop",
            "cachedTokens":4,"inputAudioTokens":2,"reasoningTokens":3,"outputAudioTokens":1}
            """.ReplaceLineEndings(""),
            Json(step.Metadata.OrderBy(static entry => Array.IndexOf(
                ["responseId", "servedModel", "finishReason", "cachedTokens", "inputAudioTokens", "reasoningTokens", "outputAudioTokens"],
                entry.Key)).ToDictionary()));
        Assert.Equal("chat.completion", Assert.IsType<JsonElement>(step.RawOutput).GetProperty("object").GetString());
    }

    [Fact]
    public async Task A_stream_is_put_together_by_index_and_its_usage_comes_in_a_chunk_without_choices()
    {
        _clients.OpenAI.AnswerDeltas(
            "tool_calls",
            new { role = "assistant", content = "Let me " },
            new { content = "look." },
            new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name = "look_up", arguments = "" } } } },
            new { tool_calls = new[] { new { index = 0, function = new { arguments = "{\"city\":" } } } },
            new
            {
                tool_calls = new[]
                {
                    new { index = 1, id = "call_2", type = "function", function = new { name = "look_up", arguments = "{\"city\":\"Rome\"}" } },
                },
            },
            new { tool_calls = new[] { new { index = 0, function = new { arguments = "\"Paris\"}" } } } });

        await foreach (var update in Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation))
        {
            Assert.Equal("chatcmpl-1", update.CompletionId);
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(
            """
            {"toolCalls":[
            {"id":"call_1","name":"look_up","arguments":{"city":"Paris"}},
            {"id":"call_2","name":"look_up","arguments":{"city":"Rome"}}],"content":"Let me look."}
            """.ReplaceLineEndings(""),
            Json(step.Output));
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal("tool_calls", step.Metadata["finishReason"]);
        Assert.InRange(Assert.IsType<double>(step.Metadata["timeToFirstToken"]), double.Epsilon, step.Latency.TotalMilliseconds);
    }

    [Fact]
    public async Task A_refusal_is_an_output_of_its_own()
    {
        _clients.OpenAI.AnswerMessage(new { role = "assistant", content = (string?)null, refusal = "I will not." });
        _clients.OpenAI.AnswerDeltas("stop", new { role = "assistant", refusal = "I will " }, new { refusal = "not." });

        using (_clients.Tracer.StartStep("root"))
        {
            await Chat.CompleteChatAsync(Question, cancellationToken: Cancellation);
            await foreach (var update in Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation))
            {
                Assert.NotNull(update);
            }
        }

        Assert.All((await _clients.PublishedAsync()).Root.Steps, static step => Assert.Equal("""{"refusal":"I will not."}""", Json(step.Output)));
    }

    [Fact]
    public async Task An_answer_in_a_requested_format_is_recorded_as_JSON()
    {
        _clients.OpenAI.AnswerMessage(new { role = "assistant", content = """{"city":"Paris"}""" });

        await Chat.CompleteChatAsync(Question, new() { ResponseFormat = OpenAI.Chat.ChatResponseFormat.CreateJsonObjectFormat() }, Cancellation);

        Assert.Equal("""{"city":"Paris"}""", Json((await StepAsync<ChatCompletionStep>()).Output));
    }

    [Fact]
    public async Task A_conversation_with_images_and_tools_keeps_its_order_with_only_the_type_and_size_of_images()
    {
        var bytes = BinaryData.FromBytes([1, 2, 3]);
        await Chat.CompleteChatAsync(
            [
                new UserChatMessage(
                    ChatMessageContentPart.CreateTextPart("What is this?"),
                    ChatMessageContentPart.CreateImagePart(bytes, "image/png"),
                    ChatMessageContentPart.CreateImagePart(new Uri("https://example.com/cat.png")),
                    ChatMessageContentPart.CreateImagePart(new Uri("data:image/gif;base64,AAAA")),
                    ChatMessageContentPart.CreateInputAudioPart(bytes, ChatInputAudioFormat.Wav),
                    ChatMessageContentPart.CreateFilePart(bytes, "application/pdf", "cat.pdf"),
                    ChatMessageContentPart.CreateFilePart("file_1")),
                new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("call_1", "look_up", BinaryData.FromString("""{"city":"Paris"}"""))]),
                new ToolChatMessage("call_1", "sunny"),
            ],
            cancellationToken: Cancellation);

        Assert.Equal(
            """
            {"prompt":[
            {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}},
            {"type":"image","attachment":{"name":"image","mediaType":"image/png","url":"https://example.com/cat.png"}},{"type":"image","attachment":{"name":"image.gif","mediaType":"image/gif","sizeBytes":3}},
            {"type":"audio","attachment":{"name":"audio.wav","mediaType":"audio/wav","sizeBytes":3}},{"type":"file","attachment":{"name":"cat.pdf","mediaType":"application/pdf","sizeBytes":3}},
            {"type":"file","attachment":{"name":"file","mediaType":"application/octet-stream","metadata":{"openai_file_id":"file_1"}}}]},
            {"role":"assistant","content":[{"type":"tool_call","id":"call_1","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"tool","content":"sunny","tool_call_id":"call_1"}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task A_request_passed_as_a_body_is_read_like_one_passed_as_messages()
    {
        const string Body = """
            {"model":"gpt-4o-mini","temperature":0.5,"messages":[
            {"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"What is this?"},
              {"type":"image_url","image_url":{"url":"https://example.com/cat.png"}},
              {"type":"image_url","image_url":{"url":"data:image/gif;base64,AAAA"}},
              {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},
              {"type":"file","file":{"file_id":"file_1"}}]},
            {"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look_up","arguments":"{\"city\":\"Paris\"}"}}]},
            {"role":"tool","tool_call_id":"call_1","content":"sunny"},
            {"role":"assistant","refusal":"I will not."}],
            "tools":[{"type":"function","function":{"name":"look_up","description":"Looks up.","parameters":{"type":"object"}}}]}
            """;

        await Chat.CompleteChatAsync(BinaryContent.Create(BinaryData.FromString(Body)));

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(
            """
            {"prompt":[{"role":"system","content":"Be brief."},
            {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","attachment":{"name":"image","mediaType":"image/png","url":"https://example.com/cat.png"}},
            {"type":"image","attachment":{"name":"image.gif","mediaType":"image/gif","sizeBytes":3}},{"type":"audio","attachment":{"name":"audio.wav","mediaType":"audio/wav","sizeBytes":3}},
            {"type":"file","attachment":{"name":"file","mediaType":"application/octet-stream","metadata":{"openai_file_id":"file_1"}}}]},
            {"role":"assistant","content":[{"type":"tool_call","id":"call_1","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"tool","content":"sunny","tool_call_id":"call_1"},
            {"role":"assistant","content":[{"type":"refusal","refusal":"I will not."}]}]}
            """.ReplaceLineEndings(""),
            Json(step.Inputs));
        Assert.Equal(
            """{"temperature":0.5,"tools":[{"type":"function","name":"look_up","description":"Looks up.","parameters":{"type":"object"}}]}""",
            Json(step.ModelParameters));
        Assert.Equal(("gpt-4o-mini", OpenAIServer.DefaultAnswer, 30), (step.Model, step.Output, step.Tokens));
    }

    [Fact]
    public async Task A_lazy_prompt_is_recorded_while_the_client_enumerates_it_as_often_as_without_the_proxy()
    {
        var reads = new List<string>();
        var bare = new ChatClient("gpt-4o-mini", new ApiKeyCredential("key"), new() { Endpoint = _clients.OpenAI.Endpoint });
        await bare.CompleteChatAsync(Messages(), cancellationToken: Cancellation);
        var expected = reads.ToArray();
        reads.Clear();

        await Chat.CompleteChatAsync(Messages(), cancellationToken: Cancellation);

        Assert.Equal(expected, reads);
        Assert.Equal(
            """{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""",
            Json((await StepAsync<ChatCompletionStep>()).Inputs));

        IEnumerable<ChatMessage> Messages()
        {
            reads.Add("system");
            yield return new SystemChatMessage("Be brief.");
            reads.Add("user");
            yield return new UserChatMessage("capital?");
        }
    }

    [Fact]
    public async Task A_synchronous_stream_that_is_left_early_keeps_the_output_so_far()
    {
        _clients.OpenAI.AnswerThenHang("The", " capital");

        foreach (var update in Chat.CompleteChatStreaming(Question, cancellationToken: Cancellation))
        {
            if (update.ContentUpdate is [{ Text: " capital" }])
            {
                break;
            }
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal("The capital", step.Output);
        Assert.Equal("left early", step.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_cancelled_stream_keeps_the_output_so_far()
    {
        _clients.OpenAI.AnswerThenHang("The");
        using var cancellation = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Chat.CompleteChatStreamingAsync(Question, cancellationToken: cancellation.Token))
            {
                if (update.ContentUpdate is [{ Text: "The" }])
                {
                    await cancellation.CancelAsync();
                }
            }
        });

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal("The", step.Output);
        Assert.Equal("cancelled", step.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_a_step_with_the_output_so_far_and_the_SDKs_exception()
    {
        var received = new TaskCompletionSource();
        _clients.OpenAI.AnswerThenBreak(received.Task, "The", " capital");

        var exception = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var update in Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation))
            {
                if (update.ContentUpdate is [{ Text: " capital" }])
                {
                    received.SetResult();
                }
            }
        });

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal("The capital", step.Output);
        Assert.Equal("failed", step.Metadata["streamEnded"]);
        Assert.Equal(exception.Message, step.Metadata["Exceptions"]);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task An_error_has_status_and_request_id_whether_whole_or_streamed(int status)
    {
        _clients.OpenAI.AnswerError(status);
        _clients.OpenAI.AnswerError(status);

        using (_clients.Tracer.StartStep("root"))
        {
            var whole = await Assert.ThrowsAsync<ClientResultException>(() => Chat.CompleteChatAsync(Question, cancellationToken: Cancellation));
            var streamed = await Assert.ThrowsAsync<ClientResultException>(async () =>
                await Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation).GetAsyncEnumerator(Cancellation).MoveNextAsync());
            Assert.Equal((status, status), (whole.Status, streamed.Status));
        }

        var steps = (await _clients.PublishedAsync()).Root.Steps;
        Assert.Equal(2, steps.Count);
        Assert.All(steps, step => Assert.Equal((status, OpenAIServer.RequestId), (step.Metadata["status"], step.Metadata["requestId"])));
        Assert.All(steps, static step => Assert.Contains("refused", (string)step.Metadata["Exceptions"]!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_keeps_the_SDKs_class_and_can_be_read_by_raw_pages()
    {
        AsyncCollectionResult<StreamingChatCompletionUpdate> stream = Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation);

        var pages = 0;
        await foreach (var page in stream.GetRawPagesAsync())
        {
            Assert.Equal(200, page.GetRawResponse().Status);
            Assert.Null(stream.GetContinuationToken(page));
            pages++;
        }

        Assert.Equal(1, pages);
        await StepAsync<ChatCompletionStep>();
    }

    [Fact]
    public async Task Enumerations_of_a_stream_at_the_same_time_are_steps_of_their_own()
    {
        _clients.OpenAI.AnswerText("The capital");
        _clients.OpenAI.AnswerText("Paris, of course!");

        using (_clients.Tracer.StartStep("root"))
        {
            var stream = Chat.CompleteChatStreamingAsync(Question, cancellationToken: Cancellation);
            await using var first = stream.GetAsyncEnumerator(Cancellation);
            await using var second = stream.GetAsyncEnumerator(Cancellation);
            while (await first.MoveNextAsync() | await second.MoveNextAsync())
            {
            }
        }

        var root = (await _clients.PublishedAsync()).Root;
        Assert.Equal(["The capital", "Paris, of course!"], root.Steps.Select(static step => step.Output));
        Assert.All(root.Steps, static step => Assert.DoesNotContain("streamEnded", step.Metadata));
    }

    [Fact]
    public async Task A_client_that_a_factory_returns_keeps_the_SDKs_class()
    {
        var client = _clients.Get<OpenAIClient>().GetChatClient("gpt-4o-mini");

        Assert.Equal("gpt-4o-mini", client.Model);
        Assert.Equal(_clients.OpenAI.Endpoint, client.Endpoint);
        Assert.NotNull(client.Pipeline);
        await client.CompleteChatAsync(Question, cancellationToken: Cancellation);
        Assert.Equal(OpenAIServer.DefaultAnswer, (await StepAsync<ChatCompletionStep>()).Output);
    }

    [Fact]
    public async Task A_chat_client_over_a_traced_client_finds_it()
    {
        var client = _clients.Get<IChatClient>(TestedClients.OverProxy);

        Assert.Same(typeof(ChatClient), client.GetService<ChatClient>()!.GetType().BaseType);
        Assert.Equal("gpt-4o-mini", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        await client.GetResponseAsync("capital?", cancellationToken: Cancellation);
        Assert.Equal("gpt-4o-mini", (await StepAsync<ChatCompletionStep>()).Model);
    }

    [Fact]
    public async Task An_embedding_is_a_step_with_count_dimensions_and_tokens()
    {
        await _clients.Get<EmbeddingClient>().GenerateEmbeddingsAsync(["one", "two"], cancellationToken: Cancellation);

        var step = await StepAsync<EmbeddingStep>();
        Assert.Equal(("OpenAI Embedding", "text-embedding-3-small"), (step.Name, step.Model));
        Assert.Equal((2, 3), (step.EmbeddingCount, step.EmbeddingDimensions));
        Assert.Equal((7, 7), (step.PromptTokens, step.Tokens));
    }

    [Fact]
    public async Task A_response_is_a_step_whether_whole_or_streamed_with_its_function_calls()
    {
        var call = new
        {
            id = "fc_1",
            type = "function_call",
            status = "completed",
            call_id = "call_1",
            name = "look_up",
            arguments = """{"city":"Paris"}""",
        };
        _clients.OpenAI.AnswerOutput(call);
        _clients.OpenAI.AnswerOutput(call);
        var client = _clients.Get<ResponsesClient>();
        var options = new CreateResponseOptions("gpt-4o-mini", [ResponseItem.CreateUserMessageItem("weather?")])
        {
            Instructions = "Be brief.",
            Tools = { ResponseTool.CreateFunctionTool("look_up", BinaryData.FromString("""{"type":"object"}"""), false, "Looks up the weather.") },
        };

        using (_clients.Tracer.StartStep("root"))
        {
            await client.CreateResponseAsync(options, Cancellation);
            options.StreamingEnabled = true;
            await foreach (var update in await client.CreateResponseStreamingAsync(options, Cancellation))
            {
                Assert.NotNull(update);
            }
        }

        var steps = (await _clients.PublishedAsync()).Root.Steps;
        Assert.Equal(2, steps.Count);
        Assert.All(steps, static found =>
        {
            var step = Assert.IsType<ChatCompletionStep>(found);
            Assert.Equal("OpenAI Response", step.Name);
            Assert.Equal("""{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"weather?"}]}""", Json(step.Inputs));
            Assert.Equal("""{"id":"call_1","name":"look_up","arguments":{"city":"Paris"}}""", Json(step.Output));
            Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
            Assert.Equal((4, 3, "completed"), (step.Metadata["cachedTokens"], step.Metadata["reasoningTokens"], step.Metadata["finishReason"]));
            Assert.Contains("look_up", Json(step.ModelParameters), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_response_to_images_files_and_audio_keeps_their_order_with_only_reference_and_size()
    {
        var bytes = BinaryData.FromBytes([1, 2, 3]);
        var sound = ModelReaderWriter.Read<ResponseContentPart>(
            BinaryData.FromString("""{"type":"input_audio","data":"AAAAAA==","format":"wav"}"""))!;
        await _clients.Get<ResponsesClient>().CreateResponseAsync(
            new CreateResponseOptions(
                "gpt-4o-mini",
                [
                    ResponseItem.CreateUserMessageItem(
                    [
                        ResponseContentPart.CreateInputImagePart(new Uri("https://example.com/cat.png")),
                        ResponseContentPart.CreateInputTextPart("What are these?"),
                        ResponseContentPart.CreateInputImagePart(BinaryData.FromBytes([1, 2, 3, 4], "image/png")),
                        ResponseContentPart.CreateInputImagePart("file_1"),
                        ResponseContentPart.CreateInputFilePart(bytes, "application/pdf", "cat.pdf"),
                        ResponseContentPart.CreateInputFilePart("file_2"),
                        ResponseContentPart.CreateInputFilePart(new Uri("https://example.com/cat.pdf")),
                        sound,
                    ]),
                ]),
            Cancellation);

        Assert.Equal(
            """
            {"prompt":[{"role":"user","content":[{"type":"image","attachment":{"name":"image","mediaType":"image/png","url":"https://example.com/cat.png"}},{"type":"text","text":"What are these?"},
            {"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":4}},{"type":"image","attachment":{"name":"image","mediaType":"image/jpeg","metadata":{"openai_file_id":"file_1"}}},
            {"type":"file","attachment":{"name":"cat.pdf","mediaType":"application/pdf","sizeBytes":3}},{"type":"file","attachment":{"name":"file","mediaType":"application/octet-stream","metadata":{"openai_file_id":"file_2"}}},
            {"type":"file","attachment":{"name":"file","mediaType":"application/pdf","url":"https://example.com/cat.pdf"}},{"type":"audio","attachment":{"name":"audio.wav","mediaType":"audio/wav","sizeBytes":4}}]}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task A_request_for_a_response_passed_as_a_body_keeps_only_reference_and_size_of_images_files_and_audio()
    {
        const string Body = """
            {"model":"gpt-4o-mini","input":[
            {"role":"user","content":[
              {"type":"input_image","image_url":"https://example.com/cat.png"},
              {"type":"input_text","text":"What are these?"},
              {"type":"input_image","image_url":"data:image/png;base64,AAAAAA==","detail":"auto"},
              {"type":"input_image","file_id":"file_1"},
              {"type":"input_file","filename":"cat.pdf","file_data":"data:application/pdf;base64,AAAA"},
              {"type":"input_file","file_data":"AAAA"},
              {"type":"input_file","file_url":"https://example.com/cat.pdf"},
              {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
            {"type":"function_call","call_id":"call_1","name":"draw","arguments":"{}"},
            {"type":"function_call_output","call_id":"call_1","output":[
              {"type":"input_text","text":"a cat"},{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}]}
            """;

        await _clients.Get<ResponsesClient>().CreateResponseAsync(BinaryContent.Create(BinaryData.FromString(Body)));

        Assert.Equal(
            """
            {"prompt":[{"role":"user","content":[{"type":"image","attachment":{"name":"image","mediaType":"image/png","url":"https://example.com/cat.png"}},{"type":"text","text":"What are these?"},
            {"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":4}},{"type":"image","attachment":{"name":"image","mediaType":"image/jpeg","metadata":{"openai_file_id":"file_1"}}},
            {"type":"file","attachment":{"name":"cat.pdf","mediaType":"application/pdf","sizeBytes":3}},{"type":"file","attachment":{"name":"file","mediaType":"application/octet-stream","sizeBytes":3}},
            {"type":"file","attachment":{"name":"file","mediaType":"application/pdf","url":"https://example.com/cat.pdf"}},{"type":"audio","attachment":{"name":"audio.wav","mediaType":"audio/wav","sizeBytes":3}}]},
            {"role":"assistant","content":[{"type":"tool_call","id":"call_1","name":"draw","arguments":{}}]},
            {"role":"tool","content":[{"type":"tool_result","id":"call_1",
            "result":[{"type":"text","text":"a cat"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}}]}]}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task A_request_that_passes_through_two_overloads_takes_the_room_of_one_step()
    {
        await using var clients = await TestedClients.StartAsync(new() { Configure = static options => options.MaxTraceSteps = 3 });
        clients.OpenAI.AnswerText("Paris");
        clients.OpenAI.AnswerText("Rome");

        using (clients.Tracer.StartStep("request"))
        {
            await clients.Get<ChatClient>().CompleteChatAsync(Question, cancellationToken: Cancellation);
            clients.Get<ChatClient>().CompleteChat(Question, cancellationToken: Cancellation);
        }

        var root = (await clients.PublishedAsync()).Root;
        Assert.Equal(2, root.Steps.Count);
        Assert.DoesNotContain("omittedSteps", root.Metadata);
    }

    [Fact]
    public async Task A_client_of_the_same_class_that_passes_a_request_on_to_two_others_is_a_step_around_them()
    {
        await using var clients = await TestedClients.StartAsync(new()
        {
            Register = static builder => builder.RegisterType<FallbackClient>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
        });
        clients.OpenAI.AnswerError(400);
        clients.OpenAI.AnswerText("Paris");

        await clients.Get<FallbackClient>().CompleteChatAsync(Question, cancellationToken: Cancellation);

        var around = Assert.Single((await clients.PublishedAsync()).Root.Steps);
        Assert.Equal([true, false], around.Steps.Select(static step => step.Metadata.ContainsKey("Exceptions")));
    }

    [Fact]
    public async Task A_client_of_the_application_that_makes_several_requests_for_one_is_a_step_around_them()
    {
        await using var clients = await TestedClients.StartAsync(new()
        {
            Register = static builder => builder.RegisterType<TwiceClient>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
        });
        clients.OpenAI.AnswerText("Paris");
        clients.OpenAI.AnswerText("Rome");

        using (clients.Tracer.StartStep("request"))
        {
            await clients.Get<TwiceClient>().CompleteChatAsync(Question, null, Cancellation);
        }

        Assert.Equal(2, Assert.Single((await clients.PublishedAsync()).Root.Steps).Steps.Count);
    }

    private static string Json(object? value) => RecordedJson.Of(value);

    private async Task<TStep> StepAsync<TStep>() => Assert.IsType<TStep>((await _clients.PublishedAsync()).Root, exactMatch: false);

    /// <summary>Passes the request on to another client, and if that fails, again.</summary>
    public class FallbackClient(ChatClient other) : ChatClient("gpt-4o-mini", new ApiKeyCredential("key"))
    {
        public override async Task<ClientResult> CompleteChatAsync(BinaryContent content, RequestOptions? options = null)
        {
            try
            {
                return await other.CompleteChatAsync(content, options);
            }
            catch (ClientResultException)
            {
                return await other.CompleteChatAsync(content, options);
            }
        }
    }

    /// <summary>Makes two requests instead of one.</summary>
    public class TwiceClient(ChatClient other) : ChatClient("gpt-4o-mini", new ApiKeyCredential("key"))
    {
        public override async Task<ClientResult<ChatCompletion>> CompleteChatAsync(
            IEnumerable<ChatMessage> messages, ChatCompletionOptions? options = null, CancellationToken cancellationToken = default)
        {
            using var first = BinaryContent.Create(BinaryData.FromString("""{"model":"gpt-4o-mini","messages":[]}"""));
            await CompleteChatAsync(first);
            using var second = BinaryContent.Create(BinaryData.FromString("""{"model":"gpt-4o-mini","messages":[]}"""));
            var last = await CompleteChatAsync(second);
            return ClientResult.FromValue((ChatCompletion)last, last.GetRawResponse());
        }

        public override Task<ClientResult> CompleteChatAsync(BinaryContent content, RequestOptions? options = null) => other.CompleteChatAsync(content, options);
    }
}
