using System.Diagnostics;
using System.Text.Json;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>
/// Every call of every client, with the real SDKs: what its step has for each way the request can end, alone and under a service of each shape,
/// and that the caller sees the same as with the client alone.
/// </summary>
public sealed class ModelCallTests(ModelCallTests.BothClients clients) : IClassFixture<ModelCallTests.BothClients>
{
    private const string Words = "The capital";

    private static readonly string[] Beginning = ["The", " capital"];

    /// <summary>Sets up how a request ends. Returns what to do with each piece of the answer: whether to continue reading. Null reads to the end.</summary>
    private delegate Func<string, bool>? Course(ModelCall call, IModelServer server, CancellationTokenSource cancellation);

    public static TheoryData<string> All => [.. ModelCalls.All.Keys];

    public static TheoryData<string> WithTools => [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name].HasTools)];

    public static TheoryData<string> Streamed => [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name].IsStreamed)];

    public static TheoryData<string> ThatTimeOutOnSilence =>
        [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name] is { IsStreamed: true, TimesOutOnSilence: true })];

    public static TheoryData<string, int> Refused =>
        [.. ModelCalls.All.Keys.SelectMany(static _ => Statuses, static (name, status) => (name, status))];

    private static int[] Statuses => [401, 429, 500];

    [Theory]
    [MemberData(nameof(All))]
    public Task An_answer_is_one_step_with_the_output_that_the_caller_received(string name) => InEveryShapeAsync(
        name,
        static (_, _, _) => null,
        static (call, outcome, step) =>
        {
            Assert.Null(outcome.Failure);
            Assert.Equal((call.StepName, call.StepName.Split(' ')[0]), (step.Name, step.Provider));
            Assert.NotNull(step.Model);
            Assert.NotNull(step.RawOutput);
            Assert.NotEmpty(JsonSerializer.SerializeToElement(step.Inputs[call.IsEmbedding ? "input" : "prompt"]).ToString());
            Assert.Equal(call.IsStreamed, step.Metadata.ContainsKey("timeToFirstToken"));
            Assert.DoesNotContain("streamEnded", step.Metadata);
            Assert.DoesNotContain("Exceptions", step.Metadata);
            if (call.ReportsTokens)
            {
                Assert.Equal(call.IsEmbedding ? (7, 7) : (call.PromptTokens, call.PromptTokens + 10), (step.PromptTokens, step.Tokens));
            }

            if (step is EmbeddingStep embedding)
            {
                Assert.InRange(embedding.EmbeddingCount!.Value, 1, 2);
            }
            else
            {
                Assert.Equal(OpenAIServer.DefaultAnswer, outcome.Text);
                Assert.Equal(10, ((ChatCompletionStep)step).CompletionTokens);
            }
        });

    [Theory]
    [MemberData(nameof(WithTools))]
    public Task A_tool_call_is_the_output_with_name_and_arguments(string name) => InEveryShapeAsync(
        name,
        static (_, server, _) =>
        {
            server.AnswerToolCall("look_up", new { city = "Paris", days = 2 });
            return null;
        },
        static (_, outcome, step) =>
        {
            Assert.Null(outcome.Failure);
            var output = JsonSerializer.SerializeToElement(step.Output);
            Assert.Equal("look_up", output.GetProperty("name").GetString());
            Assert.Equal("""{"city":"Paris","days":2}""", JsonSerializer.Serialize(output.GetProperty("arguments")));
        });

    [Theory]
    [MemberData(nameof(Refused))]
    public Task A_providers_error_throws_the_SDKs_exception_and_is_a_step_with_status_and_request_id(string name, int status) =>
        InEveryShapeAsync(
            name,
            (_, server, _) =>
            {
                server.AnswerError(status);
                return null;
            },
            (call, outcome, step) =>
            {
                Assert.NotNull(outcome.Failure);
                Assert.Equal(status, step.Metadata["status"]);
                Assert.Equal((null, null), (step.Output, step.RawOutput));
                Assert.Equal(call.ReportsRequestId ? call.Server(clients.Traced).ErrorRequestId : null, Metadata(step, "requestId"));
            });

    [Theory]
    [MemberData(nameof(All))]
    public Task A_broken_connection_throws_the_SDKs_exception_and_is_a_step_with_the_output_so_far(string name) => InEveryShapeAsync(
        name,
        static (call, server, _) =>
        {
            if (!call.IsStreamed)
            {
                server.AnswerWith(Abort);
                return null;
            }

            var received = new TaskCompletionSource();
            server.AnswerThen(
                async context =>
                {
                    await received.Task;
                    context.Abort();
                },
                Beginning);
            return piece => !IsLast(piece) || received.TrySetResult();
        },
        static (call, outcome, step) =>
        {
            Assert.NotNull(outcome.Failure);
            Assert.Equal(call.IsStreamed ? (Words, "failed") : ("", null), (outcome.Text, Metadata(step, "streamEnded")));
        });

    [Theory]
    [Trait("Clock", "Real")]
    [MemberData(nameof(All))]
    public async Task A_time_out_throws_the_SDKs_exception_and_is_a_step_with_it(string name)
    {
        // This uses the SDK's own clock.
        var timeout = new ClientSettings { Timeout = TimeSpan.FromMilliseconds(100) };
        await using var bare = await TestedClients.StartAsync(timeout with { IsTraced = false });
        await using var traced = await TestedClients.StartAsync(timeout);

        await InEveryShapeAsync(
            name,
            static (_, server, _) =>
            {
                server.AnswerWith(OpenAIServer.HangAsync);
                return null;
            },
            static (_, outcome, _) => Assert.NotNull(outcome.Failure),
            (bare, traced));
    }

    [Theory]
    [Trait("Clock", "Real")]
    [MemberData(nameof(ThatTimeOutOnSilence))]
    public async Task A_stream_that_stalls_until_the_SDK_times_out_throws_the_SDKs_exception_and_is_a_step_with_the_output_so_far(string name)
    {
        // This uses the SDK's own clock. On a busy machine it can time out before the words have arrived.
        Assert.True(await FallSilentAsync(name, 0.2) || await FallSilentAsync(name, 1) || await FallSilentAsync(name, 10));

        static async Task<bool> FallSilentAsync(string name, double seconds)
        {
            var timeout = new ClientSettings { Timeout = TimeSpan.FromSeconds(seconds) };
            await using var bare = await TestedClients.StartAsync(timeout with { IsTraced = false });
            await using var traced = await TestedClients.StartAsync(timeout);
            return await InEveryShapeAsync(
                name,
                static (_, server, _) =>
                {
                    server.AnswerThen(OpenAIServer.HangAsync, Beginning);
                    return null;
                },
                static (_, outcome, step) =>
                {
                    Assert.NotNull(outcome.Failure);
                    Assert.Equal("cancelled", step.Metadata["streamEnded"]);
                },
                (bare, traced),
                Words);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public Task A_call_cancelled_before_it_starts_throws_the_SDKs_exception_and_is_a_step(string name) => InEveryShapeAsync(
        name,
        static (_, _, cancellation) =>
        {
            cancellation.Cancel();
            return null;
        },
        static (_, outcome, _) => Assert.IsType<OperationCanceledException>(outcome.Failure, exactMatch: false));

    [Theory]
    [MemberData(nameof(All))]
    public Task A_call_cancelled_while_it_waits_throws_the_SDKs_exception_and_is_a_step_with_the_output_so_far(string name) => InEveryShapeAsync(
        name,
        static (call, server, cancellation) =>
        {
            if (!call.IsStreamed)
            {
                server.AnswerWith(context =>
                {
                    cancellation.Cancel();
                    return OpenAIServer.HangAsync(context);
                });
                return null;
            }

            server.AnswerThen(OpenAIServer.HangAsync, Beginning);
            return piece =>
            {
                if (IsLast(piece))
                {
                    cancellation.Cancel();
                }

                return true;
            };
        },
        static (call, outcome, step) =>
        {
            if (!call.ThrowsWhenCancelled)
            {
                Assert.Equal((Words, null, null), (outcome.Text, outcome.Failure, Metadata(step, "streamEnded")));
                return;
            }

            Assert.IsType<OperationCanceledException>(outcome.Failure, exactMatch: false);
            Assert.Equal(call.IsStreamed ? (Words, "cancelled") : ("", null), (outcome.Text, Metadata(step, "streamEnded")));
        });

    [Theory]
    [MemberData(nameof(Streamed))]
    public Task A_stream_that_is_left_early_is_a_step_with_the_output_so_far(string name) => InEveryShapeAsync(
        name,
        static (_, server, _) =>
        {
            server.AnswerThen(OpenAIServer.HangAsync, Beginning);
            return static piece => !IsLast(piece);
        },
        static (_, outcome, step) =>
        {
            Assert.Null(outcome.Failure);
            Assert.Equal((Words, "left early"), (outcome.Text, step.Metadata["streamEnded"]));
            Assert.DoesNotContain("Exceptions", step.Metadata);
            Assert.True(step.Metadata.ContainsKey("timeToFirstToken"));
        });

    // The stack trace of a rethrown or wrapped exception starts in the library.
    private static void AssertThrownByTheSDK(Exception? failure)
    {
        if (failure is not null)
        {
            Assert.NotEqual(typeof(OpenlayerTracer).Assembly, new StackTrace(failure).GetFrame(0)!.GetMethod()!.Module.Assembly);
        }
    }

    private static bool IsLast(string piece) => piece.EndsWith(Beginning[^1], StringComparison.Ordinal);

    private static Task Abort(Microsoft.AspNetCore.Http.HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private Task<bool> InEveryShapeAsync(string name, Course course, Action<ModelCall, Outcome, ModelStep> assert) =>
        InEveryShapeAsync(name, course, assert, (clients.Bare, clients.Traced));

    // Returns whether the expected text was received each time.
    private static async Task<bool> InEveryShapeAsync(
        string name,
        Course course,
        Action<ModelCall, Outcome, ModelStep> assert,
        (TestedClients Bare, TestedClients Traced) clients,
        string? received = null)
    {
        var call = ModelCalls.All[name];
        foreach (var (shape, (parent, run)) in Relays.All)
        {
            var expected = await AskAsync(clients.Bare, call, course, run);
            var before = clients.Traced.Requests;
            clients.Traced.Published.Clear();
            var outcome = await AskAsync(clients.Traced, call, course, run);
            var requests = clients.Traced.Requests - before;

            if (received is not null && (expected.Text, outcome.Text) != (received, received))
            {
                return false;
            }

            Assert.Equal((shape, expected.ToString()), (shape, outcome.ToString()));
            var root = (await clients.Traced.PublishedAsync()).Root;
            Assert.Equal(parent ?? "", Assert.Single(CallingShapes.Parents(root)));
            var step = Assert.Single(Flatten(root).OfType<ModelStep>());
            Assert.InRange(requests, 0, 1);
            AssertThrownByTheSDK(outcome.Failure);

            // A reader that is cancelled between two reads leaves no exception on the wire.
            var isUnseen = call.IsObservedOnTheWire && Metadata(step, "streamEnded") is "cancelled" && !step.Metadata.ContainsKey("Exceptions");
            Assert.All(
                Flatten(root).Where(found => found != step || !isUnseen),
                found => Assert.Equal(outcome.Failure?.Message, Metadata(found, "Exceptions")));
            if (outcome.Text.Length > 0 && step is ChatCompletionStep)
            {
                Assert.Equal(outcome.Text, step.Output);
            }

            assert(call, outcome, step);
        }

        return true;
    }

    private static async Task<Outcome> AskAsync(
        TestedClients clients,
        ModelCall call,
        Course course,
        Func<IRelay, Func<IAsyncEnumerable<string>>, Func<IAsyncEnumerable<string>, Task>, Task> run)
    {
        using var cancellation = new CancellationTokenSource();
        var server = call.Server(clients);
        server.Forget();
        var readsOn = course(call, server, cancellation);
        var text = "";
        try
        {
            await run(clients.Get<IRelay>(), () => call.Ask(clients, cancellation.Token), ReadAsync);
            return new(text, null, false);
        }
        catch (Exception exception)
        {
            return new(text, exception, exception is OperationCanceledException cancelled && cancelled.CancellationToken == cancellation.Token);
        }

        async Task ReadAsync(IAsyncEnumerable<string> pieces)
        {
            await foreach (var piece in pieces)
            {
                text += piece;
                if (readsOn?.Invoke(piece) == false)
                {
                    break;
                }
            }
        }
    }

    private static object? Metadata(Step step, string name) => step.Metadata.TryGetValue(name, out var value) ? value : null;

    private static IEnumerable<Step> Flatten(Step step) => step.Steps.SelectMany(Flatten).Prepend(step);

    /// <summary>What the caller sees.</summary>
    private sealed record Outcome(string Text, Exception? Failure, bool HasTheToken)
    {
        /// <summary>What is the same each time. The inner exceptions of a broken connection differ.</summary>
        public override string ToString() => $"'{Text}' {HasTheToken} {Failure?.GetType()}";
    }

    /// <summary>The same clients with and without the interceptor.</summary>
    public sealed class BothClients : IAsyncLifetime
    {
        public TestedClients Traced { get; private set; } = null!;

        public TestedClients Bare { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Traced = await TestedClients.StartAsync();
            Bare = await TestedClients.StartAsync(new() { IsTraced = false });
        }

        public async ValueTask DisposeAsync()
        {
            await Traced.DisposeAsync();
            await Bare.DisposeAsync();
        }
    }
}
