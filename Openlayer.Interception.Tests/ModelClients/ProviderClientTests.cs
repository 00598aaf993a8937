using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;
using OllamaSharp;
using OllamaSharp.Models;
using OllamaSharp.Models.Chat;
using Openlayer.Interception.Tests.Servers;
using OllamaRole = OllamaSharp.Models.Chat.ChatRole;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The steps of the clients other than OpenAI's, and how layers of clients become one step.</summary>
public sealed class ProviderClientTests : IAsyncLifetime
{
    private TestedClients _clients = null!;

    public interface IWeather
    {
        [Trace(StepType = StepType.Tool)]
        string LookUp(string city);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static MessageCreateParams AnthropicMessage => new()
    {
        MaxTokens = 64,
        Model = "claude-sonnet-4-5",
        System = "Be brief.",
        Messages = [new MessageParam(new UserMessageParam { Content = "weather?" })],
        Tools =
        [
            new ToolUnion(new Anthropic.Models.Messages.Tool
            {
                Name = "look_up",
                Description = "Looks up the weather.",
                InputSchema = new InputSchema(),
            }),
        ],
    };

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync(new()
    {
        Register = static builder => builder.RegisterType<Weather>().As<IWeather>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
    });

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_Anthropic_message_is_a_step_with_text_tool_calls_and_tokens(bool isStreamed)
    {
        _clients.Anthropic.Answer(
            "tool_use",
            new { type = "text", text = "Let me look." },
            new { type = "tool_use", id = "toolu_1", name = "look_up", input = new { city = "Paris" } });

        if (isStreamed)
        {
            await ReadAsync(_clients.Get<IAnthropicClient>().Messages.CreateStreaming(AnthropicMessage, Cancellation));
        }
        else
        {
            await _clients.Get<IAnthropicClient>().Messages.Create(AnthropicMessage, Cancellation);
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("Anthropic Message Creation", "Anthropic", "claude-sonnet-4-5"), (step.Name, step.Provider, step.Model));
        Assert.Equal("""{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"weather?"}]}""", Json(step.Inputs));
        Assert.Equal(
            """{"toolCalls":[{"id":"toolu_1","name":"look_up","arguments":{"city":"Paris"}}],"content":"Let me look."}""",
            Json(step.Output));
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal(4L, step.Metadata["cachedTokens"]);
        Assert.Equal(
            ("msg_1", "tool_use", "claude-sonnet-4-5-20250929"),
            (step.Metadata["responseId"], step.Metadata["finishReason"], step.Metadata["servedModel"]));
        Assert.Equal(isStreamed, step.Metadata.ContainsKey("timeToFirstToken"));
        Assert.Equal("64", Json(step.ModelParameters!["max_tokens"]));
        Assert.Contains("look_up", Json(step.ModelParameters["tools"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_Anthropic_conversation_with_documents_and_tools_keeps_only_reference_and_size_of_documents()
    {
        await _clients.Get<IAnthropicClient>().Messages.Create(
            new()
            {
                MaxTokens = 64,
                Model = "claude-sonnet-4-5",
                System = new List<TextBlockParam> { new() { Text = "Be brief." }, new() { Text = "Be kind." } },
                Messages =
                [
                    new(new UserMessageParam
                    {
                        Content = new List<ContentBlockParam>
                        {
                            new TextBlockParam { Text = "What is this?" },
                            new ImageBlockParam { Source = new UrlImageSource { Url = "https://example.com/cat.png" } },
                            new ImageBlockParam { Source = new Base64ImageSource { Data = "AAAA", MediaType = MediaType.ImagePng } },
                            new DocumentBlockParam { Title = "cat", Source = new Base64PdfSource { Data = "AAAA" } },
                        },
                    }),
                    new(new AssistantMessageParam
                    {
                        Content = new List<ContentBlockParam>
                        {
                            new ThinkingBlockParam { Thinking = "A cat?", Signature = "signature" },
                            new ToolUseBlockParam
                            {
                                ID = "toolu_1",
                                Name = "look_up",
                                Input = new Dictionary<string, JsonElement> { ["city"] = JsonElement.Parse("\"Paris\"") },
                            },
                        },
                    }),
                    new(new UserMessageParam
                    {
                        Content = new List<ContentBlockParam> { new ToolResultBlockParam { ToolUseID = "toolu_1", Content = "sunny" } },
                    }),
                ],
            },
            Cancellation);

        Assert.Equal(
            """
            {"prompt":[{"role":"system","content":[{"type":"text","text":"Be brief."},{"type":"text","text":"Be kind."}]},
            {"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","attachment":{"name":"image","mediaType":"image/png","url":"https://example.com/cat.png"}},
            {"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}},{"type":"file","attachment":{"name":"cat","mediaType":"application/pdf","sizeBytes":3}}]},
            {"role":"assistant","content":[{"type":"reasoning","text":"A cat?"},
            {"type":"tool_call","id":"toolu_1","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"user","content":[{"type":"tool_result","id":"toolu_1","result":"sunny"}]}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task An_Anthropic_tool_result_keeps_only_type_and_size_of_images()
    {
        await _clients.Get<IAnthropicClient>().Messages.Create(
            new()
            {
                MaxTokens = 64,
                Model = "claude-sonnet-4-5",
                Messages =
                [
                    new(new UserMessageParam
                    {
                        Content = new List<ContentBlockParam>
                        {
                            new ToolResultBlockParam
                            {
                                ToolUseID = "toolu_1",
                                Content = new List<Block>
                                {
                                    new TextBlockParam { Text = "a cat" },
                                    new ImageBlockParam { Source = new Base64ImageSource { Data = "AAAA", MediaType = MediaType.ImagePng } },
                                },
                            },
                        },
                    }),
                ],
            },
            Cancellation);

        Assert.Equal(
            """
            {"prompt":[{"role":"user","content":[{"type":"tool_result","id":"toolu_1",
            "result":[{"type":"text","text":"a cat"},{"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}}]}]}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_raw_Anthropic_response_is_a_step_with_the_request_and_is_left_to_the_caller_to_read(bool isBeta, bool isStreamed)
    {
        var client = _clients.Get<IAnthropicClient>();
        var message = new Anthropic.Models.Beta.Messages.MessageCreateParams
        {
            MaxTokens = 64,
            Model = "claude-sonnet-4-5",
            Messages = [new(new Anthropic.Models.Beta.Messages.BetaUserMessageParam { Content = "weather?" })],
        };

        HttpResponse response = (isBeta, isStreamed) switch
        {
            (false, false) => await client.WithRawResponse.Messages.Create(AnthropicMessage, Cancellation),
            (false, true) => await client.Messages.WithRawResponse.CreateStreaming(AnthropicMessage, Cancellation),
            (true, false) => await client.Beta.WithRawResponse.Messages.Create(message, Cancellation),
            (true, true) => await client.WithRawResponse.Beta.Messages.CreateStreaming(message, Cancellation),
        };

        using (response)
        {
            Assert.Contains("Paris", await response.ReadAsString(Cancellation), StringComparison.Ordinal);
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(1, _clients.Requests);
        Assert.Empty(step.Steps);
        Assert.Equal(("Anthropic Message Creation", "Anthropic", "claude-sonnet-4-5"), (step.Name, step.Provider, step.Model));
        Assert.Contains("""{"role":"user","content":"weather?"}""", Json(step.Inputs), StringComparison.Ordinal);
        Assert.Equal("64", Json(step.ModelParameters!["max_tokens"]));
        Assert.Equal((null, null), (step.Output, step.RawOutput));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task A_raw_Anthropic_response_that_is_an_error_is_a_step_with_status_and_request_id(int status)
    {
        _clients.Anthropic.AnswerError(status);

        var exception = await Assert.ThrowsAnyAsync<AnthropicApiException>(() =>
            _clients.Get<IAnthropicClient>().WithRawResponse.Messages.Create(AnthropicMessage, Cancellation));

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(
            (exception.Message, status, AnthropicServer.RequestId),
            (step.Metadata["Exceptions"], step.Metadata["status"], step.Metadata["requestId"]));
    }

    [Fact]
    public async Task An_Anthropic_error_has_status_and_request_id()
    {
        _clients.Anthropic.AnswerError(401);

        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() =>
            _clients.Get<IAnthropicClient>().Messages.Create(AnthropicMessage, Cancellation));

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal((401, AnthropicServer.RequestId), (step.Metadata["status"], step.Metadata["requestId"]));
    }

    [Fact]
    public async Task An_Anthropic_stream_that_is_left_early_keeps_the_output_so_far()
    {
        _clients.Anthropic.AnswerThenHang("The", " capital");

        await foreach (var item in _clients.Get<IAnthropicClient>().Messages.CreateStreaming(AnthropicMessage, Cancellation))
        {
            if (item.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text) && text.Text == " capital")
            {
                break;
            }
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("The capital", "left early"), (step.Output, step.Metadata["streamEnded"]));
    }

    [Fact]
    public void A_property_that_returns_a_client_returns_the_same_one_each_time()
    {
        var client = _clients.Get<IAnthropicClient>();

        Assert.Same(client.Messages, client.Messages);
        Assert.Null(_clients.Tracer.CurrentStep);
        Assert.Empty(_clients.Published.Traces);
    }

    [Fact]
    public async Task An_Ollama_chat_is_a_step_with_text_and_tokens()
    {
        await ReadAsync(_clients.Get<IOllamaApiClient>().ChatAsync(
            new ChatRequest
            {
                Messages = [new(OllamaRole.System, "Be brief."), new(OllamaRole.User, "capital?")],
                Options = new() { Temperature = 0.5f },
            },
            Cancellation));

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("Ollama Chat Completion", "llama3.2"), (step.Name, step.Model));
        Assert.Equal("""{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""", Json(step.Inputs));
        Assert.Equal("""{"temperature":0.5}""", Json(step.ModelParameters));
        Assert.Equal(OllamaServer.DefaultAnswer, step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal("stop", step.Metadata["finishReason"]);
    }

    [Fact]
    public async Task An_Ollama_tool_call_is_the_output_with_name_and_arguments()
    {
        _clients.Ollama.AnswerToolCall("look_up", new { city = "Paris" });

        await ReadAsync(_clients.Get<IOllamaApiClient>().ChatAsync(new ChatRequest { Messages = [new(OllamaRole.User, "weather?")] }, Cancellation));

        Assert.Equal("""{"name":"look_up","arguments":{"city":"Paris"}}""", Json((await StepAsync<ChatCompletionStep>()).Output));
    }

    [Fact]
    public async Task An_Ollama_conversation_with_images_and_tools_keeps_only_the_size_of_images()
    {
        await ReadAsync(_clients.Get<IOllamaApiClient>().ChatAsync(
            new ChatRequest
            {
                Messages =
                [
                    new(OllamaRole.User, "What is this?", ["AAAA", "AAAABBBB"]),
                    new()
                    {
                        Role = OllamaRole.Assistant,
                        Content = "",
                        ToolCalls =
                        [
                            new() { Function = new() { Name = "look_up", Arguments = new Dictionary<string, object?> { ["city"] = "Paris" } } },
                        ],
                    },
                    new() { Role = OllamaRole.Tool, Content = "sunny", ToolName = "look_up" },
                ],
            },
            Cancellation));

        Assert.Equal(
            """
            {"prompt":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image","attachment":{"name":"image.jpg","mediaType":"image/jpeg","sizeBytes":3}},{"type":"image","attachment":{"name":"image.jpg","mediaType":"image/jpeg","sizeBytes":6}}]},
            {"role":"assistant","content":[{"type":"tool_call","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"tool","content":"sunny","tool_name":"look_up"}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task Ollama_generation_and_embedding_are_steps()
    {
        using (_clients.Tracer.StartStep("root"))
        {
            await ReadAsync(_clients.Get<IOllamaApiClient>()
                .GenerateAsync(new GenerateRequest { Prompt = "capital?", System = "Be brief." }, Cancellation));
            await _clients.Get<IOllamaApiClient>().EmbedAsync(new EmbedRequest { Input = ["one", "two"] }, Cancellation);
        }

        var steps = (await _clients.PublishedAsync()).Root.Steps;
        Assert.Equal("""{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""", Json(steps[0].Inputs));
        Assert.Equal(OllamaServer.DefaultAnswer, steps[0].Output);
        var embedding = Assert.IsType<EmbeddingStep>(steps[1]);
        Assert.Equal((2, 3, 7), (embedding.EmbeddingCount, embedding.EmbeddingDimensions, embedding.PromptTokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Semantic_Kernel_completion_is_a_step_with_text_and_tokens(bool isStreamed)
    {
        var history = new ChatHistory("Be brief.");
        history.AddUserMessage("capital?");
        var settings = new OpenAIPromptExecutionSettings { Temperature = 0.5, MaxTokens = 64 };
        var service = _clients.Get<IChatCompletionService>();

        if (isStreamed)
        {
            await ReadAsync(service.GetStreamingChatMessageContentsAsync(history, settings, cancellationToken: Cancellation));
        }
        else
        {
            await service.GetChatMessageContentsAsync(history, settings, cancellationToken: Cancellation);
        }

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("OpenAI Chat Completion", "OpenAI", "gpt-4o-mini"), (step.Name, step.Provider, step.Model));
        Assert.Equal("""{"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"capital?"}]}""", Json(step.Inputs));
        Assert.Equal("""{"temperature":0.5,"max_tokens":64}""", Json(step.ModelParameters));
        Assert.Equal(OpenAIServer.DefaultAnswer, step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal(
            ("chatcmpl-1", "gpt-4o-mini-2024-07-18", "stop"),
            (step.Metadata["responseId"], step.Metadata["servedModel"], step.Metadata["finishReason"]));
    }

    [Fact]
    public async Task A_Semantic_Kernel_conversation_with_images_and_plugins_keeps_only_type_and_size_of_images()
    {
        var history = new ChatHistory();
        history.AddUserMessage(
        [
            new Microsoft.SemanticKernel.TextContent("What is this?"),
            new ImageContent(new byte[] { 1, 2, 3 }, "image/png"),
            new AudioContent(new byte[] { 1, 2 }, "audio/wav"),
        ]);
        history.Add(new(
            AuthorRole.Assistant,
            [new Microsoft.SemanticKernel.FunctionCallContent("look_up", "weather", "call_1", new() { ["city"] = "Paris" })]));
        history.Add(new Microsoft.SemanticKernel.FunctionResultContent("look_up", "weather", "call_1", "sunny").ToChatMessage());

        await _clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(history, cancellationToken: Cancellation);

        Assert.Equal(
            """
            {"prompt":[{"role":"user","content":[{"type":"text","text":"What is this?"},
            {"type":"image","attachment":{"name":"image.png","mediaType":"image/png","sizeBytes":3}},{"type":"audio","attachment":{"name":"audio.wav","mediaType":"audio/wav","sizeBytes":2}}]},
            {"role":"assistant","content":[{"type":"tool_call","id":"call_1","plugin":"weather","name":"look_up","arguments":{"city":"Paris"}}]},
            {"role":"tool","content":[{"type":"tool_result","id":"call_1","result":"sunny"}]}]}
            """.ReplaceLineEndings(""),
            Json((await StepAsync<ChatCompletionStep>()).Inputs));
    }

    [Fact]
    public async Task An_error_through_Semantic_Kernel_has_status_and_request_id()
    {
        _clients.OpenAI.AnswerError(429);

        await Assert.ThrowsAsync<HttpOperationException>(() => _clients.Get<IChatCompletionService>()
            .GetChatMessageContentsAsync(new ChatHistory("capital?", AuthorRole.User), cancellationToken: Cancellation));

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal((429, OpenAIServer.RequestId), (step.Metadata["status"], step.Metadata["requestId"]));
    }

    [Fact]
    public async Task An_embedding_generators_step_has_provider_model_count_and_tokens()
    {
        await _clients.Get<IEmbeddingGenerator<string, Embedding<float>>>().GenerateAsync(["one", "two"], cancellationToken: Cancellation);

        var step = await StepAsync<EmbeddingStep>();
        Assert.Equal(("OpenAI Embedding", "text-embedding-3-small"), (step.Name, step.Model));
        Assert.Equal((2, 3, 7), (step.EmbeddingCount, step.EmbeddingDimensions, step.PromptTokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_agents_run_is_an_agent_step_with_its_requests_and_tools_below_it(bool isStreamed)
    {
        if (isStreamed)
        {
            var function = new { name = "LookUp", arguments = """{"city":"Paris"}""" };
            _clients.OpenAI.AnswerDeltas("tool_calls", new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function } } });
        }
        else
        {
            _clients.OpenAI.AnswerToolCall("LookUp", new { city = "Paris" });
        }

        var weather = _clients.Get<IWeather>();
        var options = new ChatClientAgentRunOptions(new() { Tools = [AIFunctionFactory.Create(weather.LookUp, "LookUp")] });

        if (isStreamed)
        {
            await ReadAsync(_clients.Get<AIAgent>().RunStreamingAsync("weather?", options: options, cancellationToken: Cancellation));
        }
        else
        {
            await _clients.Get<AIAgent>().RunAsync("weather?", options: options, cancellationToken: Cancellation);
        }

        var run = await StepAsync<AgentStep>();
        Assert.Equal(isStreamed ? "AIAgent.RunStreamingAsync" : "AIAgent.RunAsync", run.Name);
        Assert.Equal("""{"prompt":[{"role":"user","content":"weather?"}]}""", Json(run.Inputs));
        Assert.Equal(OpenAIServer.DefaultAnswer, run.Output);
        Assert.Equal([StepType.ChatCompletion, StepType.Tool, StepType.ChatCompletion], run.Steps.Select(static step => step.Type));
    }

    [Fact]
    public async Task A_cache_hit_is_recorded_as_having_made_no_request()
    {
        var cache = new MemoryDistributedCache(Microsoft.Extensions.Options.Options.Create(new MemoryDistributedCacheOptions()));
        await using var clients = await TestedClients.StartAsync(new()
        {
            Register = builder => builder.Register(context => new DistributedCachingChatClient(context.Resolve<IChatClient>(), cache))
                .Named<IChatClient>("cached")
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
        });

        using (clients.Tracer.StartStep("root"))
        {
            await clients.Get<IChatClient>("cached").GetResponseAsync("capital?", cancellationToken: Cancellation);
            await clients.Get<IChatClient>("cached").GetResponseAsync("capital?", cancellationToken: Cancellation);
        }

        var steps = (await clients.PublishedAsync()).Root.Steps;
        Assert.Equal(1, clients.Requests);
        Assert.Equal([StepType.ChatCompletion, StepType.UserCall], steps.Select(static step => step.Type));
        Assert.Equal(("IChatClient.GetResponseAsync", 0), (steps[1].Name, steps[1].Metadata["modelRequests"]));
        Assert.Equal(OpenAIServer.DefaultAnswer, steps[1].Output);
    }

    [Fact]
    public async Task With_orphan_calls_turned_off_only_requests_under_a_step_are_traced()
    {
        await using var clients = await TestedClients.StartAsync(new() { Configure = static options => options.TraceOrphanModelCalls = false });

        await clients.Get<IChatClient>(TestedClients.OverProxy).GetResponseAsync("capital?", cancellationToken: Cancellation);
        await ReadAsync(clients.Get<IChatClient>().GetStreamingResponseAsync("capital?", cancellationToken: Cancellation));
        using (clients.Tracer.StartStep("root"))
        {
            await clients.Get<IChatClient>().GetResponseAsync("capital?", cancellationToken: Cancellation);
        }

        Assert.IsType<ChatCompletionStep>(Assert.Single((await clients.PublishedAsync()).Root.Steps));
    }

    [Fact]
    public async Task A_client_marked_with_the_attribute_has_the_model_that_answered()
    {
        await _clients.Get<Gateways.IDescribedGateway>().CompleteAsync("capital?", Cancellation);

        Assert.Equal("gpt-4o-mini-2024-07-18", (await StepAsync<ChatCompletionStep>()).Metadata["servedModel"]);
    }

    [Fact]
    public async Task A_registered_client_is_read_along_its_paths_and_its_other_methods_are_not_traced()
    {
        var gateway = _clients.Get<Gateways.INamedGateway>();

        Assert.Equal(1, gateway.Version());
        await gateway.AskAsync(new("capital?", "small"), Cancellation);

        var step = await StepAsync<ChatCompletionStep>();
        Assert.Equal(("Acme Chat Completion", "Acme", "small"), (step.Name, step.Provider, step.Model));
        Assert.Equal("""{"prompt":[{"role":"user","content":"capital?"}]}""", Json(step.Inputs));
        Assert.Equal(OpenAIServer.DefaultAnswer, step.Output);
        Assert.Equal((20, 10, 30), (step.PromptTokens, step.CompletionTokens, step.Tokens));
        Assert.Equal("eu", step.Metadata["region"]);
    }

    [Fact]
    public void Registering_a_client_with_a_mistake_throws_and_names_the_mistake()
    {
        var clients = new OpenlayerOptions().ProviderClients;

        Assert.Contains("'Ask'", Refused(static methods => methods.ChatCompletion("Ask")), StringComparison.Ordinal);
        Assert.Contains("'Said..Text'", RefusedCall(static call => call.Content = "Said..Text"), StringComparison.Ordinal);
        Assert.Contains("'query'", RefusedCall(static call => call.Prompt = "query.What"), StringComparison.Ordinal);
        Assert.Contains("INamedGateway", Refused(static _ => { }), StringComparison.Ordinal);

        string RefusedCall(Action<ProviderMethod> describe) => Refused(methods => methods.ChatCompletion("AskAsync", describe));

        string Refused(Action<ProviderMethods> describe) =>
            Assert.Throws<ArgumentException>(() => clients.Add<Gateways.INamedGateway>("Acme", describe)).Message;
    }

    private static string Json(object? value) => RecordedJson.Of(value);

    private static async Task ReadAsync<T>(IAsyncEnumerable<T> stream)
    {
        await foreach (var item in stream)
        {
            Assert.NotNull(item);
        }
    }

    private async Task<TStep> StepAsync<TStep>() => Assert.IsType<TStep>((await _clients.PublishedAsync()).Root, exactMatch: false);

    private sealed class Weather : IWeather
    {
        public string LookUp(string city) => $"sunny in {city}";
    }
}
