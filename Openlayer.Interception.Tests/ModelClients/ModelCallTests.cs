using System.Diagnostics;
using System.Text.Json;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>
/// Every way to ask a model, with the real SDKs: what its step holds however the request ends, alone and under a service of each shape, and
/// that whoever asks sees what the same client without the interceptor shows.
/// </summary>
public sealed class ModelCallTests(ModelCallTests.BothClients clients) : IClassFixture<ModelCallTests.BothClients>
{
    private const string Words = "The capital";

    private static readonly string[] Beginning = ["The", " capital"];

    /// <summary>How a request is to go: tells the server and the token, and gives what to do with each piece: whether to read on.</summary>
    private delegate Func<string, bool>? Course(ModelCall call, IModelServer server, CancellationTokenSource cancellation);

    public static TheoryData<string> All => [.. ModelCalls.All.Keys];

    public static TheoryData<string> WithTools => [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name].HasTools)];

    public static TheoryData<string> Streamed => [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name].IsStreamed)];

    public static TheoryData<string> ThatGiveUpOnSilence =>
        [.. ModelCalls.All.Keys.Where(static name => ModelCalls.All[name] is { IsStreamed: true, GivesUpOnSilence: true })];

    public static TheoryData<string, int> Refused =>
        [.. ModelCalls.All.Keys.SelectMany(static _ => Statuses, static (name, status) => (name, status))];

    private static int[] Statuses => [401, 429, 500];

    [Theory]
    [MemberData(nameof(All))]
    public Task An_answer_is_one_step_with_what_the_caller_got(string name) => InEveryShapeAsync(
        name,
        static (_, _, _) => null,
        static (call, seen, step) =>
        {
            Assert.Null(seen.Failure);
            Assert.Equal((call.StepName, call.StepName.Split(' ')[0]), (step.Name, step.Provider));
            Assert.NotNull(step.Model);
            Assert.NotNull(step.RawOutput);
            Assert.NotEmpty(Assert.IsType<JsonElement>(JsonSerializer.SerializeToElement(step.Inputs["prompt"])).EnumerateArray());
            Assert.Equal(call.IsStreamed, step.Metadata.ContainsKey("timeToFirstToken"));
            Assert.DoesNotContain("streamEnded", step.Metadata);
            Assert.DoesNotContain("Exceptions", step.Metadata);
            if (call.SaysTokens)
            {
                Assert.Equal(call.IsEmbedding ? (7, 7) : (call.PromptTokens, call.PromptTokens + 10), (step.PromptTokens, step.Tokens));
            }

            if (step is EmbeddingStep embedding)
            {
                Assert.InRange(embedding.EmbeddingCount!.Value, 1, 2);
            }
            else
            {
                Assert.Equal(OpenAIServer.DefaultAnswer, seen.Text);
                Assert.Equal(10, ((ChatCompletionStep)step).CompletionTokens);
            }
        });

    [Theory]
    [MemberData(nameof(WithTools))]
    public Task A_wish_to_have_a_function_called_is_the_output_by_name_and_arguments(string name) => InEveryShapeAsync(
        name,
        static (_, server, _) =>
        {
            server.AnswerToolCall("look_up", new { city = "Paris", days = 2 });
            return null;
        },
        static (_, seen, step) =>
        {
            Assert.Null(seen.Failure);
            var output = JsonSerializer.SerializeToElement(step.Output);
            Assert.Equal("look_up", output.GetProperty("name").GetString());
            Assert.Equal("""{"city":"Paris","days":2}""", JsonSerializer.Serialize(output.GetProperty("arguments")));
        });

    [Theory]
    [MemberData(nameof(Refused))]
    public Task An_error_of_the_provider_is_the_SDKs_exception_and_a_step_with_its_status_and_request_id(string name, int status) =>
        InEveryShapeAsync(
            name,
            (_, server, _) =>
            {
                server.AnswerError(status);
                return null;
            },
            (call, seen, step) =>
            {
                Assert.NotNull(seen.Failure);
                Assert.Equal(status, step.Metadata["status"]);
                Assert.Equal((null, null), (step.Output, step.RawOutput));
                Assert.Equal(call.SaysRequestId ? call.Server(clients.Traced).ErrorRequestId : null, Metadata(step, "requestId"));
            });

    [Theory]
    [MemberData(nameof(All))]
    public Task A_connection_that_breaks_is_the_SDKs_exception_and_a_step_with_what_was_received(string name) => InEveryShapeAsync(
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
        static (call, seen, step) =>
        {
            Assert.NotNull(seen.Failure);
            Assert.Equal(call.IsStreamed ? (Words, "failed") : ("", null), (seen.Text, Metadata(step, "streamEnded")));
        });

    [Theory]
    [MemberData(nameof(All))]
    public async Task A_time_out_is_the_SDKs_exception_and_a_step_with_it(string name)
    {
        // The SDK's own clock runs.
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
            static (_, seen, _) => Assert.NotNull(seen.Failure),
            (bare, traced));
    }

    [Theory]
    [MemberData(nameof(ThatGiveUpOnSilence))]
    public async Task A_stream_that_falls_silent_until_the_SDK_gives_up_is_the_SDKs_exception_and_a_step_with_what_was_received(string name)
    {
        // The SDK's own clock runs, and where the machine is busy it may run out before the words have come.
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
                static (_, seen, step) =>
                {
                    Assert.NotNull(seen.Failure);
                    Assert.Equal("cancelled", step.Metadata["streamEnded"]);
                },
                (bare, traced),
                Words);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public Task A_call_that_was_cancelled_before_it_began_is_the_SDKs_exception_and_a_step(string name) => InEveryShapeAsync(
        name,
        static (_, _, cancellation) =>
        {
            cancellation.Cancel();
            return null;
        },
        static (_, seen, _) => Assert.IsType<OperationCanceledException>(seen.Failure, exactMatch: false));

    [Theory]
    [MemberData(nameof(All))]
    public Task A_call_that_is_cancelled_while_it_waits_is_the_SDKs_exception_and_a_step_with_what_was_received(string name) => InEveryShapeAsync(
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
        static (call, seen, step) =>
        {
            if (!call.ThrowsWhenCancelled)
            {
                Assert.Equal((Words, null, null), (seen.Text, seen.Failure, Metadata(step, "streamEnded")));
                return;
            }

            Assert.IsType<OperationCanceledException>(seen.Failure, exactMatch: false);
            Assert.Equal(call.IsStreamed ? (Words, "cancelled") : ("", null), (seen.Text, Metadata(step, "streamEnded")));
        });

    [Theory]
    [MemberData(nameof(Streamed))]
    public Task A_stream_that_is_left_early_is_a_step_with_what_was_received(string name) => InEveryShapeAsync(
        name,
        static (_, server, _) =>
        {
            server.AnswerThen(OpenAIServer.HangAsync, Beginning);
            return static piece => !IsLast(piece);
        },
        static (_, seen, step) =>
        {
            Assert.Null(seen.Failure);
            Assert.Equal((Words, "left early"), (seen.Text, step.Metadata["streamEnded"]));
            Assert.DoesNotContain("Exceptions", step.Metadata);
            Assert.True(step.Metadata.ContainsKey("timeToFirstToken"));
        });

    // What is thrown anew, or wrapped, begins where that was done.
    private static void AssertIsTheSDKsOwn(Exception? failure)
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

    private Task<bool> InEveryShapeAsync(string name, Course course, Action<ModelCall, Seen, ModelStep> assert) =>
        InEveryShapeAsync(name, course, assert, (clients.Bare, clients.Traced));

    // Returns whether each time what was to be received was received.
    private static async Task<bool> InEveryShapeAsync(
        string name,
        Course course,
        Action<ModelCall, Seen, ModelStep> assert,
        (TestedClients Bare, TestedClients Traced) clients,
        string? received = null)
    {
        var call = ModelCalls.All[name];
        foreach (var (shape, (parent, run)) in Relays.All)
        {
            var expected = await AskAsync(clients.Bare, call, course, run);
            var before = clients.Traced.Requests;
            clients.Traced.Published.Clear();
            var seen = await AskAsync(clients.Traced, call, course, run);
            var requests = clients.Traced.Requests - before;

            if (received is not null && (expected.Text, seen.Text) != (received, received))
            {
                return false;
            }

            Assert.Equal((shape, expected.ToString()), (shape, seen.ToString()));
            var root = (await clients.Traced.PublishedAsync()).Root;
            Assert.Equal(parent ?? "", Assert.Single(CallingShapes.Parents(root)));
            var step = Assert.Single(Flatten(root).OfType<ModelStep>());
            Assert.InRange(requests, 0, 1);
            AssertIsTheSDKsOwn(seen.Failure);

            // Of a reader that is cancelled between two reads nothing goes over the wire that says how.
            var isUnseen = call.IsSeenOnTheWire && Metadata(step, "streamEnded") is "cancelled" && !step.Metadata.ContainsKey("Exceptions");
            Assert.All(
                Flatten(root).Where(found => found != step || !isUnseen),
                found => Assert.Equal(seen.Failure?.Message, Metadata(found, "Exceptions")));
            if (seen.Text.Length > 0 && step is ChatCompletionStep)
            {
                Assert.Equal(seen.Text, step.Output);
            }

            assert(call, seen, step);
        }

        return true;
    }

    private static async Task<Seen> AskAsync(
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

    /// <summary>What whoever asks sees.</summary>
    private sealed record Seen(string Text, Exception? Failure, bool HasTheToken)
    {
        /// <summary>What is the same each time. How a connection broke, which exceptions within say, is not.</summary>
        public override string ToString() => $"'{Text}' {HasTheToken} {Failure?.GetType()}";
    }

    /// <summary>The same clients, with the interceptor and without.</summary>
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
