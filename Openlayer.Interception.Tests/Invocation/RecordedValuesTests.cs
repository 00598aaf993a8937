using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class RecordedValuesTests : IAsyncDisposable
{
    private readonly TracedContainer _container = new(Register);

    private IAnswers Answers => _container.Resolve<IAnswers>();

    [Fact]
    public async Task Arguments_are_the_inputs_and_the_result_is_the_output()
    {
        Assert.Equal("answer to why", await Answers.AnswerAsync("why", 3));

        var step = (await _container.TraceAsync()).Root;
        Assert.Equal([new("question", "why"), new("topK", 3)], step.Inputs);
        Assert.Equal("answer to why", step.Output);
    }

    [Fact]
    public async Task Cancellation_tokens_and_progress_are_omitted()
    {
        Answers.Load("file", new Progress<int>(), TestContext.Current.CancellationToken);

        Assert.Equal(["path"], (await _container.TraceAsync()).Root.Inputs.Keys);
    }

    [Fact]
    public async Task Values_marked_with_NoCapture_are_redacted()
    {
        Assert.Equal("token of me", Answers.Login("me", "hunter2", out var ticket));
        Assert.Equal("ticket", ticket);

        var step = (await _container.TraceAsync()).Root;
        Assert.Equal([new("user", "me"), new("pin", "[redacted]")], step.Inputs);
        Assert.Equal("[redacted]", step.Output);
        Assert.Equal("""{"ticket":"[redacted]"}""", System.Text.Json.JsonSerializer.Serialize(step.Metadata["outArguments"]));
    }

    [Fact]
    public async Task A_stream_marked_with_NoCapture_is_redacted()
    {
        await foreach (var _ in Answers.Secrets())
        {
        }

        Assert.Equal("[redacted]", (await _container.TraceAsync()).Root.Output);
    }

    [Fact]
    public async Task Context_and_question_can_be_marked_on_the_interface_or_the_implementation()
    {
        Answers.Generate("how", "the book");

        var trace = await _container.TraceAsync();
        Assert.Equal("how", trace.Question);
        Assert.Equal("the book", trace.Context);
        Assert.Equal("how", trace.Root.Metadata["_question"]);
        Assert.Equal("the book", trace.Root.Metadata["context"]);
    }

    [Fact]
    public async Task A_promoted_value_is_a_column_of_the_row_at_any_depth()
    {
        using (_container.Tracer.StartStep("request"))
        {
            Answers.Score("eu", "admin");
        }

        var trace = await _container.TraceAsync();
        Assert.Equal("eu", trace.Metadata["region"]);
        Assert.Equal("admin", trace.Metadata["role"]);
        Assert.Equal(0.5, trace.Metadata["score"]);
        Assert.Equal("[redacted]", trace.Metadata["reason"]);
        Assert.Empty(trace.Root.Metadata);
    }

    [Fact]
    public async Task Attributes_on_a_records_parameter_or_an_interface_apply_to_the_property()
    {
        Answers.Rate("eu");

        var trace = await _container.TraceAsync();
        Assert.Equal("good", trace.Metadata["grade"]);
        Assert.Equal(3, trace.Metadata["votes"]);
        Assert.Equal("[redacted]", trace.Metadata["voters"]);
    }

    [Fact]
    public async Task Promoted_properties_of_a_redacted_result_are_redacted_and_not_read()
    {
        Answers.Unread();

        var trace = await _container.TraceAsync();
        Assert.Equal("[redacted]", trace.Root.Output);
        Assert.Equal("[redacted]", trace.Metadata["unread"]);
    }

    [Fact]
    public async Task Disabled_inputs_or_outputs_are_not_recorded()
    {
        await using var container = new TracedContainer(Register, static options =>
        {
            options.Capture.Inputs = false;
            options.Capture.Outputs = false;
        });

        await container.Resolve<IAnswers>().AnswerAsync("why", 3);

        var step = (await container.TraceAsync()).Root;
        Assert.Empty(step.Inputs);
        Assert.Null(step.Output);
    }

    public ValueTask DisposeAsync() => _container.DisposeAsync();

    private static void Register(ContainerBuilder builder) =>
        builder.RegisterType<Answering>().As<IAnswers>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

    public interface IAnswers
    {
        Task<string> AnswerAsync(string question, int topK);

        void Load(string path, IProgress<int> progress, CancellationToken cancellationToken);

        [return: NoCapture]
        string Login(string user, [NoCapture] string pin, [NoCapture] out string ticket);

        [return: NoCapture]
        IAsyncEnumerable<string> Secrets();

        void Generate([RagQuestion] string query, string passages);

        Score Score([Promote("region")] string region, string role);

        IRated Rate(string region);

        [return: NoCapture]
        Unreadable Unread();
    }

    public sealed class Unreadable
    {
        [Promote("unread")]
        public string Value => throw new NotSupportedException();
    }

    public interface IRated
    {
        [Promote("votes")]
        int Votes { get; }
    }

    public sealed record Rating([Promote("grade")] string Grade, int Votes, [NoCapture, Promote("voters")] string Voters) : IRated;

    public sealed record Score
    {
        [Promote("score")]
        public double Value { get; init; }

        [Promote("reason"), NoCapture]
        public string? Reason { get; init; }
    }

    public sealed class Answering : IAnswers
    {
        public async Task<string> AnswerAsync(string question, int topK)
        {
            await Task.Yield();
            return $"answer to {question}";
        }

        public void Load(string path, IProgress<int> progress, CancellationToken cancellationToken)
        {
        }

        public string Login(string user, string pin, out string ticket)
        {
            ticket = "ticket";
            return $"token of {user}";
        }

        public async IAsyncEnumerable<string> Secrets()
        {
            await Task.Yield();
            yield return "secret";
        }

        public void Generate(string query, [RagContext] string passages)
        {
        }

        public Score Score(string region, [Promote("role")] string role) => new() { Value = 0.5, Reason = "because" };

        public Unreadable Unread() => new();

        public IRated Rate(string region) => new Rating("good", 3, "ada");
    }
}
