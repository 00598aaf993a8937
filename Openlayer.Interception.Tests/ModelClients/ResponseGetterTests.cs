namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Getters of the requests and responses of an application's own client that wait, or that use files, do not run.</summary>
public sealed class ResponseGetterTests
{
    private static readonly object Gate = new();

    [ProviderClient("Own", StepType.ChatCompletion)]
    public interface IOwnClient
    {
        Task<Reply> AskAsync(Request request);
    }

    [Fact]
    public async Task A_getter_of_a_response_or_request_that_waits_is_not_run_and_its_field_is_read()
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { Publishers = { publisher } });
        var client = tracer.Intercept<IOwnClient>(new OwnClient());
        var request = new Request("capital?");

        var reply = await client.AskAsync(request);

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        var step = Assert.IsType<ChatCompletionStep>(Assert.Single(publisher.Traces).Root);
        Assert.Equal((0, 0), (request.Reads, reply.Reads));
        Assert.Equal("Paris", step.Output);
        Assert.Contains("capital?", System.Text.Json.JsonSerializer.Serialize(step.Inputs), StringComparison.Ordinal);
        Assert.Equal("own-1", step.Model);
        Assert.Equal((20, 10), (step.PromptTokens, step.CompletionTokens));
        Assert.False(step.Metadata.ContainsKey("finishReason"));
    }

    [Fact]
    public async Task A_caller_that_holds_the_lock_of_a_getter_of_the_response_gets_it()
    {
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false });
        var client = tracer.Intercept<IOwnClient>(new OwnClient());

        var asked = Task.Run(
            () =>
            {
                lock (Gate)
                {
                    return client.AskAsync(new Request("capital?")).Result.Text;
                }
            },
            TestContext.Current.CancellationToken);

        Assert.Equal("Paris", await asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
    }

    private sealed class OwnClient : IOwnClient
    {
        public async Task<Reply> AskAsync(Request request)
        {
            await Task.Yield();
            return new Reply("Paris");
        }
    }

    public sealed class Request(string prompt)
    {
        private readonly string _prompt = prompt;
        private readonly object _entered = new();

        public int Reads { get; private set; }

        public string Prompt
        {
            get
            {
                lock (_entered)
                {
                    Reads++;
                    return _prompt;
                }
            }
        }

        public string Model => "own-1";

        public string Temperature
        {
            get
            {
                Reads++;
                return File.ReadAllText("temperature");
            }
        }
    }

    public sealed class Reply(string text)
    {
        private readonly string _text = text;

        public int Reads { get; private set; }

        public string Text
        {
            get
            {
                lock (Gate)
                {
                    Reads++;
                    return _text;
                }
            }
        }

        public string FinishReason
        {
            get
            {
                Reads++;
                return Task.Run(static () => "stop").Result;
            }
        }

        public Usage Usage { get; } = new(20, 10);
    }

    public sealed record Usage(int InputTokens, int OutputTokens);
}
