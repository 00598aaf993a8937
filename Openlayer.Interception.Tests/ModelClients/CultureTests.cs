using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using OllamaSharp;
using OllamaSharp.Models.Chat;
using OpenAI.Chat;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>A request's step does not depend on the current culture.</summary>
public sealed partial class CultureTests(CultureTests.Clients clients) : IClassFixture<CultureTests.Clients>
{
    private static readonly CultureInfo CommaCulture = CreateCommaCulture();

    private static readonly Dictionary<string, Func<TestedClients, CancellationToken, Task>> Requests = new()
    {
        ["options and tool arguments of IChatClient"] = static (clients, token) => clients.Get<IChatClient>().GetResponseAsync(
            [
                new(Microsoft.Extensions.AI.ChatRole.Assistant, [new Microsoft.Extensions.AI.FunctionCallContent("call_1", "look_up", Arguments())]),
                new(Microsoft.Extensions.AI.ChatRole.Tool, [new Microsoft.Extensions.AI.FunctionResultContent("call_1", 0.5m)]),
            ],
            new() { Temperature = 0.5f, FrequencyPenalty = -0.25f },
            token),
        ["options and tool arguments of Semantic Kernel"] = static (clients, token) => clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(
            [
                new(AuthorRole.Assistant, [new Microsoft.SemanticKernel.FunctionCallContent("look_up", "weather", "call_1", new(Arguments()))]),
                new(AuthorRole.Tool, [new Microsoft.SemanticKernel.FunctionResultContent("look_up", "weather", "call_1", -1234.5)]),
            ],
            new PromptExecutionSettings { ExtensionData = new Dictionary<string, object> { ["temperature"] = 0.5m } },
            cancellationToken: token),
        ["options and tool arguments of Ollama"] = static (clients, token) => clients.Get<IOllamaApiClient>().ChatAsync(
            new ChatRequest
            {
                Messages =
                [
                    new() { Role = "assistant", ToolCalls = [new() { Function = new() { Name = "look_up", Arguments = Arguments() } }] },
                ],
                Options = new() { Temperature = 0.5f },
            },
            token).ToListAsync(token).AsTask(),
        ["options of OpenAI's ChatClient"] = static (clients, token) => clients.Get<ChatClient>().CompleteChatAsync(
            [new UserChatMessage("weather?")],
            new() { Temperature = 0.5f, PresencePenalty = -0.25f, TopLogProbabilityCount = 2, IncludeLogProbabilities = true, LogitBiases = { [17] = -3 } },
            token),
        ["an application's own client"] = static async (clients, token) =>
            await clients.Get<IFormattingClient>().CompleteAsync(0.5m).ToListAsync(token),
    };

    /// <summary>A client whose values are of types that format with the current culture.</summary>
    public interface IFormattingClient
    {
        IAsyncEnumerable<Item> CompleteAsync(decimal question);
    }

    public static TheoryData<string> All => [.. ModelCalls.All.Keys];

    public static TheoryData<string> WithTools => [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name].HasTools)];

    public static TheoryData<string> Typed => [.. Requests.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public Task A_response_is_recorded_the_same_in_any_culture(string name) => AssertSameAsync(
        token => ModelCalls.All[name].Ask(clients.Traced, token).ToListAsync(token).AsTask());

    [Theory]
    [MemberData(nameof(WithTools))]
    public async Task A_tool_calls_arguments_are_recorded_as_the_JSON_the_model_wrote_in_any_culture(string name)
    {
        var call = ModelCalls.All[name];
        var step = await AssertSameAsync(token =>
        {
            call.Server(clients.Traced).AnswerToolCall("look_up", new { share = 0.5, below = -1234.5, large = 1.5e20, isSunny = true });
            return call.Ask(clients.Traced, token).ToListAsync(token).AsTask();
        });

        var arguments = JsonSerializer.SerializeToElement(step.Output).GetProperty("arguments");
        Assert.Equal(
            (0.5, -1234.5, 1.5e20, true),
            (Number("share"), Number("below"), Number("large"), bool.Parse(arguments.GetProperty("isSunny").ToString())));

        double Number(string argument) => double.Parse(arguments.GetProperty(argument).ToString(), CultureInfo.InvariantCulture);
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public Task A_request_with_numbers_and_dates_is_recorded_the_same_in_any_culture(string request) =>
        AssertSameAsync(token => Requests[request](clients.Traced, token));

    [Fact]
    public async Task Values_of_an_applications_own_client_keep_the_invariant_culture()
    {
        var step = await AssertSameAsync(token => Requests["an application's own client"](clients.Traced, token));

        Assert.Equal("0.51234.5", step.Output);
        Assert.Equal("7.5", step.Model);
        Assert.Equal((0.25m, "1.5"), (step.Metadata["score"], step.Metadata["formatted"]));
        Assert.Contains("2026-03-04T05:06:07", JsonSerializer.Serialize(step.Metadata["at"]), StringComparison.Ordinal);
    }

    private static Dictionary<string, object?> Arguments() => new()
    {
        ["share"] = 0.5m,
        ["below"] = -1234.5,
        ["ratio"] = 0.25f,
        ["days"] = -2,
        ["at"] = new DateTime(2026, 3, 4, 5, 6, 7, DateTimeKind.Utc),
        ["isSunny"] = true,
    };

    private static CultureInfo CreateCommaCulture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        return culture;
    }

    private static string Recorded(ModelStep step) => NewEachTime().Replace(Json(step), "");

    private static string Json(ModelStep step) => JsonSerializer.Serialize(new
    {
        step.Name,
        step.Model,
        step.Inputs,
        step.ModelParameters,
        step.Output,
        step.RawOutput,
        step.Tokens,
        Metadata = step.Metadata.Where(static entry => entry.Key != "timeToFirstToken").ToDictionary(),
    });

    // Times of a response, and ids that an SDK makes up.
    [GeneratedRegex("""[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]+|"[0-9a-f]{8}"|"[0-9a-f]{32}" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex NewEachTime();

    private static IEnumerable<ModelStep> Models(Step step) =>
        step.Steps.SelectMany(Models).Concat(step is ModelStep model ? [model] : []);

    private async Task<ModelStep> AssertSameAsync(Func<CancellationToken, Task> ask)
    {
        var invariant = await AskAsync(ask, CultureInfo.InvariantCulture);
        var other = await AskAsync(ask, CommaCulture);

        Assert.Equal(Recorded(invariant), Recorded(other));
        return other;
    }

    // The culture is the test's own: an async method's changes to it end with the method.
    private async Task<ModelStep> AskAsync(Func<CancellationToken, Task> ask, CultureInfo culture)
    {
        CultureInfo.CurrentCulture = culture;
        clients.Traced.Published.Clear();
        await ask(TestContext.Current.CancellationToken);
        return Assert.Single(Models((await clients.Traced.PublishedAsync()).Root));
    }

    public sealed record Item(decimal Text, decimal Score, double Number, DateTimeOffset At, double ModelId);

    public sealed class Clients : IAsyncLifetime
    {
        public TestedClients Traced { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Traced = await TestedClients.StartAsync(new()
        {
            Configure = static options => options.ProviderClients.Add<IFormattingClient>("Acme", static methods => methods
                .ChatCompletion(nameof(IFormattingClient.CompleteAsync), static call =>
                {
                    call.Prompt = "question";
                    call.Content = "Text.ToString()";
                    call.Metadata["score"] = "Score";
                    call.Metadata["formatted"] = "Number.ToString()";
                    call.Metadata["at"] = "At";
                })),
            Register = static builder => builder.RegisterType<FormattingClient>().As<IFormattingClient>()
                .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)),
        });

        public ValueTask DisposeAsync() => Traced.DisposeAsync();
    }

    private sealed class FormattingClient : IFormattingClient
    {
        public async IAsyncEnumerable<Item> CompleteAsync(decimal question)
        {
            await Task.Yield();
            yield return Create(question);
            yield return Create(1234.5m);
        }

        private static Item Create(decimal text) =>
            new(text, 0.25m, 1.5, new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero), 7.5);
    }
}
