using System.Text.Json;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Realtime;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Realtime sessions: each response of the model is a step under the step of the stream that receives it.</summary>
public sealed class RealtimeTests : IAsyncLifetime
{
    private MediaClients _clients = null!;

    public static TheoryData<string> Clients => ["RealtimeClient", "OpenAIClient.GetRealtimeClient", "IRealtimeClient", "IRealtimeClient over a traced RealtimeClient"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await MediaClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task Each_response_is_a_step_with_what_was_said_since_the_one_before_the_answer_and_the_usage(string client)
    {
        await ConverseAsync(client, ["Hello.", "Bye."]);

        var session = await _clients.RootAsync();
        Assert.Equal(StepType.UserCall, session.Type);
        var responses = Responses(session);
        Assert.Equal(["Hello.", "Bye."], responses.Select(static response => PromptOf(response)));
        Assert.All(responses, static response =>
        {
            Assert.Equal(("OpenAI Realtime Response", "OpenAI", "gpt-realtime"), (response.Name, response.Provider, response.Model));
            Assert.Equal(OpenAIMediaServer.Transcript, response.Output);
            Assert.Equal((20, 10, 30), (response.PromptTokens, response.CompletionTokens, response.Tokens));
            Assert.Equal(("completed", 5, 7), (response.Metadata["finishReason"], Number(response, "inputAudioTokens"), Number(response, "outputAudioTokens")));
            Assert.True(response.Metadata.ContainsKey("timeToFirstToken"));
            Assert.NotNull(response.RawOutput);
        });
        Assert.Equal(["resp_1", "resp_2"], responses.Select(static response => response.Metadata["responseId"]));
    }

    [Fact]
    public async Task Spoken_words_are_their_transcript()
    {
        using var session = await _clients.Get<RealtimeClient>().StartConversationSessionAsync("gpt-realtime", cancellationToken: Cancellation);
        await session.AddItemAsync(
            new RealtimeMessageItem(RealtimeMessageRole.User, [new RealtimeInputAudioMessageContentPart(BinaryData.FromBytes(OpenAIMediaServer.Speech))]), Cancellation);
        await session.StartResponseAsync(Cancellation);
        await ReadUntilAsync(session, responses: 1);

        var response = Assert.Single(Responses(await _clients.RootAsync()));
        Assert.Equal("What is the capital?", PromptOf(response));
    }

    [Fact]
    public async Task A_function_call_is_the_output_of_its_response_and_its_result_the_prompt_of_the_next()
    {
        using var session = await _clients.Get<RealtimeClient>().StartConversationSessionAsync("gpt-realtime", cancellationToken: Cancellation);
        await session.AddItemAsync(UserMessage("Weather?"), Cancellation);
        await session.SendCommandAsync(
            BinaryData.FromString("""{"type":"response.create","response":{"tools":[{"type":"function","name":"find_weather"}]}}"""), new());
        await session.AddItemAsync(new RealtimeFunctionCallOutputItem("call_1", "sunny"), Cancellation);
        await session.StartResponseAsync(Cancellation);
        await ReadUntilAsync(session, responses: 2);

        var responses = Responses(await _clients.RootAsync());
        Assert.Equal("""{"id":"call_1","name":"find_weather","arguments":{"city":"Paris"}}""", RecordedJson.Of(responses[0].Output));
        Assert.Equal(
            """[{"role":"tool","content":[{"type":"tool_result","id":"call_1","result":"sunny"}]}]""", RecordedJson.Of(responses[1].Inputs["prompt"]));
    }

    [Theory]
    [InlineData("RealtimeClient")]
    [InlineData("IRealtimeClient")]
    public async Task A_response_whose_session_ends_before_it_has_what_was_said_so_far(string client)
    {
        _clients.Server.BreaksResponses = true;

        await ConverseAsync(client, ["Hello."]);

        var response = Assert.Single(Responses(await _clients.RootAsync()));
        Assert.Equal(("The", "still open"), (response.Output, response.Metadata["streamEnded"]));
        Assert.Null(response.Tokens);
    }

    [Fact]
    public async Task The_session_has_the_answer_of_its_last_response_and_none_of_its_messages()
    {
        await ConverseAsync("RealtimeClient", ["Hello."]);

        Assert.Equal(OpenAIMediaServer.Transcript, (await _clients.RootAsync()).Output);
    }

    private static int Number(Step step, string name) => Convert.ToInt32(step.Metadata[name], null);

    private static string? PromptOf(Step response) => JsonSerializer.SerializeToElement(response.Inputs["prompt"])[0].GetProperty("content").GetString();

    private static ChatCompletionStep[] Responses(Step session) =>
        [.. session.Steps.SelectMany(Responses), .. session is ChatCompletionStep response ? (ChatCompletionStep[])[response] : []];

    private static RealtimeMessageItem UserMessage(string text) => new(RealtimeMessageRole.User, [new RealtimeInputTextMessageContentPart(text)]);

    private static async Task ReadUntilAsync(RealtimeSessionClient session, int responses)
    {
        await foreach (var update in session.ReceiveUpdatesAsync(Cancellation))
        {
            if (update is RealtimeServerUpdateResponseDone && --responses == 0)
            {
                break;
            }
        }
    }

    private Task ConverseAsync(string client, string[] messages) => client switch
    {
        "RealtimeClient" => ConverseAsync(_clients.Get<RealtimeClient>(), messages),
        "OpenAIClient.GetRealtimeClient" => ConverseAsync(_clients.Get<OpenAIClient>().GetRealtimeClient(), messages),
        "IRealtimeClient" => ConverseAsync(_clients.Get<IRealtimeClient>(), messages),
        _ => ConverseAsync(_clients.Tracer.Intercept<IRealtimeClient>(new OpenAIRealtimeClient(_clients.Get<RealtimeClient>(), "gpt-realtime")), messages),
    };

    private static async Task ConverseAsync(RealtimeClient client, string[] messages)
    {
        using var session = await client.StartConversationSessionAsync("gpt-realtime", cancellationToken: Cancellation);
        foreach (var message in messages)
        {
            await session.AddItemAsync(UserMessage(message), Cancellation);
            await session.StartResponseAsync(Cancellation);
        }

        await ReadUntilAsync(session, messages.Length);
    }

    private static async Task ConverseAsync(IRealtimeClient client, string[] messages)
    {
        await using var session = await client.CreateSessionAsync(cancellationToken: Cancellation);
        foreach (var message in messages)
        {
            await session.SendAsync(
                new CreateConversationItemRealtimeClientMessage(new RealtimeConversationItem([new TextContent(message)], role: ChatRole.User)), Cancellation);
            await session.SendAsync(new CreateResponseRealtimeClientMessage(), Cancellation);
        }

        var responses = messages.Length;
        await foreach (var message in session.GetStreamingResponseAsync(Cancellation))
        {
            if (message.Type == RealtimeServerMessageType.ResponseDone && --responses == 0)
            {
                break;
            }
        }
    }
}
