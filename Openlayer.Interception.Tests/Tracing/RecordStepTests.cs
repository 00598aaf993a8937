using System.Collections.Concurrent;
using System.Diagnostics;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Publishing.Rows;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Steps are recorded from data, after the work.</summary>
public sealed class RecordStepTests
{
    private static readonly DateTimeOffset Start = new(2020, 2, 29, 23, 59, 59, 987, TimeSpan.FromHours(2));
    private static readonly DateTimeOffset End = Start.AddMilliseconds(12.5);

    [Fact]
    public async Task A_chat_completion_outside_any_step_is_a_trace_of_its_own_as_the_Python_SDK_records_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        app.Tracer.RecordStep<ChatCompletionStep>(
            new("OpenAI Chat Completion") { EndTime = app.Time.GetUtcNow(), StartTime = app.Time.GetUtcNow().AddMilliseconds(-12.5) },
            static step =>
            {
                step.Inputs["prompt"] = new[] { new { role = "user", content = "hi" } };
                step.Output = "Hello";
                step.Provider = "OpenAI";
                step.Model = "gpt-4o-mini";
                step.ModelParameters = new Dictionary<string, object?>();
                (step.PromptTokens, step.CompletionTokens, step.Tokens) = (20, 10, 30);
                step.RawOutput = new { id = "x" };
            });

        new GoldenRequest("chat-completion-root").AssertEqual(await server.NextAsync());
    }

    [Fact]
    public async Task Id_times_tokens_and_cost_are_those_of_the_data()
    {
        await using var container = new TracedContainer();

        container.Tracer.RecordStep<ChatCompletionStep>(new("chat") { Id = "my-step", StartTime = Start, EndTime = End }, static step =>
        {
            (step.PromptTokens, step.CompletionTokens, step.Tokens, step.Cost) = (20, 10, 30, 0.25);
            step.UsageDetails = new Dictionary<string, int> { ["input_tokens"] = 16, ["cached_tokens"] = 4, ["output_tokens"] = 10 };
        });
        container.Tracer.RecordStep<EmbeddingStep>(
            new("embed") { StartTime = Start, EndTime = End }, static step => (step.PromptTokens, step.EmbeddingCount, step.EmbeddingDimensions) = (7, 2, 3));

        var traces = await container.TracesAsync();
        var chat = Assert.IsType<ChatCompletionStep>(traces[0].Root);
        Assert.Equal(("chat", "my-step", "my-step"), (chat.Name, chat.Id, traces[0].InferenceId));
        Assert.Equal((Start.ToUniversalTime(), (DateTimeOffset?)End.ToUniversalTime(), TimeSpan.FromMilliseconds(12.5)), (chat.StartTime, chat.EndTime, chat.Latency));
        Assert.Equal(TimeSpan.Zero, chat.StartTime.Offset);
        Assert.Equal((20, 10, 30, 0.25), (chat.PromptTokens, chat.CompletionTokens, chat.Tokens, chat.Cost));
        Assert.Equal(16, chat.UsageDetails!["input_tokens"]);
        var embedding = Assert.IsType<EmbeddingStep>(traces[1].Root);
        Assert.Equal((7, 2, 3), (embedding.PromptTokens, embedding.EmbeddingCount, embedding.EmbeddingDimensions));
        Assert.True(Guid.TryParse(embedding.Id, out _));
    }

    [Fact]
    public async Task A_step_is_recorded_under_the_current_one_and_what_is_recorded_within_it_is_under_it()
    {
        await using var container = new TracedContainer();

        using (container.Tracer.StartStep("request"))
        {
            container.Tracer.RecordStep<AgentStep>(new("agent") { Id = "a" }, _ =>
            {
                container.Tracer.RecordStep<RetrieverStep>(new("search") { Id = "s" }, static _ => { });
                container.Tracer.RecordStep<ToolStep>(new("call"), static step => step.FunctionName = "call");
            });
            container.Tracer.RecordStep<Step>(new("other"), static _ => { });
            Assert.Equal("request", container.Tracer.CurrentStep!.Name);
        }

        var root = (await container.TraceAsync()).Root;
        Assert.Equal(["agent", "other"], root.Steps.Select(static step => step.Name));
        Assert.Equal(("a", StepType.Agent), (root.Steps[0].Id, root.Steps[0].Type));
        Assert.Equal(["search", "call"], root.Steps[0].Steps.Select(static step => step.Name));
        Assert.Equal("s", root.Steps[0].Steps[0].Id);
        Assert.NotEqual("request", root.Id);
    }

    [Fact]
    public async Task A_root_within_a_request_is_a_trace_of_its_own_with_its_own_columns_and_pipeline()
    {
        await using var container = new TracedContainer();

        using (container.Tracer.StartStep("import"))
        {
            container.Tracer.RecordStep<ChatCompletionStep>(
                new("yesterday") { IsRoot = true, StartTime = Start, EndTime = End, InferencePipelineId = "pipe-7" },
                _ => (container.Tracer.CurrentTrace!.InferenceId, container.Tracer.CurrentTrace.UserId) = ("row-1", "ada"));
        }

        var traces = await container.TracesAsync();
        Assert.Equal(["yesterday", "import"], traces.Select(static trace => trace.Root.Name));
        Assert.Equal(("row-1", "ada", "pipe-7"), (traces[0].InferenceId, traces[0].UserId, traces[0].InferencePipelineId));
        Assert.Empty(traces[1].Root.Steps);
    }

    [Fact]
    public async Task The_row_has_the_times_of_the_root_that_was_recorded()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);

        app.Tracer.RecordStep<Step>(new("job") { Id = "job-1", StartTime = Start, EndTime = End }, static step => step.Output = "done");

        var row = (await server.NextAsync()).Json.GetProperty("rows")[0];
        Assert.Equal(
            (Start.ToUnixTimeMilliseconds() / 1000.0, 12.5, "job-1"),
            (row.GetProperty("inferenceTimestamp").GetDouble(), row.GetProperty("latency").GetDouble(), row.GetProperty("inferenceId").GetString()));
        Assert.Equal(End.ToUnixTimeMilliseconds() / 1000.0, row.GetProperty("steps")[0].GetProperty("endTime").GetDouble(), 0.001);
    }

    [Theory]
    [InlineData(true, false, -60, 60)]
    [InlineData(false, true, -60, 0)]
    [InlineData(false, false, 0, 0)]
    public async Task A_time_that_is_not_given_is_that_of_the_call_but_the_start_is_never_after_the_end(bool hasStart, bool hasEnd, int start, int latency)
    {
        await using var app = new TracedApplication();
        var now = app.Time.GetUtcNow();
        var given = now.AddSeconds(-60);

        app.Tracer.RecordStep<Step>(new("step") { StartTime = hasStart ? given : null, EndTime = hasEnd ? given : null }, static _ => { });
        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);

        var step = Assert.Single(app.Published.Traces).Root;
        Assert.Equal((now.AddSeconds(start), TimeSpan.FromSeconds(latency)), (step.StartTime, step.Latency));
    }

    [Fact]
    public async Task Data_that_cannot_be_is_recorded_without_an_error()
    {
        await using var container = new TracedContainer();

        container.Tracer.RecordStep<ChatCompletionStep>(new("chat") { StartTime = End, EndTime = Start }, static step =>
        {
            (step.PromptTokens, step.CompletionTokens, step.Tokens, step.Cost) = (-20, -1, int.MinValue, double.NaN);
            step.UsageDetails = new Dictionary<string, int> { ["input_tokens"] = -1, ["output_tokens"] = 0 };
        });
        container.Tracer.RecordStep<EmbeddingStep>(
            new("embed") { StartTime = DateTimeOffset.MinValue, EndTime = DateTimeOffset.MaxValue },
            static step => (step.EmbeddingCount, step.EmbeddingDimensions, step.Cost) = (-1, -1, double.PositiveInfinity));

        var traces = await container.TracesAsync();
        var chat = (ChatCompletionStep)traces[0].Root;
        Assert.Equal((End.ToUniversalTime(), TimeSpan.Zero), (chat.StartTime, chat.Latency));
        Assert.Equal((null, null, null, null, null), (chat.PromptTokens, chat.CompletionTokens, chat.Tokens, chat.Cost, chat.UsageDetails));
        var embedding = (EmbeddingStep)traces[1].Root;
        Assert.Equal((null, null, null), (embedding.EmbeddingCount, embedding.EmbeddingDimensions, embedding.Cost));
        Assert.Equal(DateTimeOffset.MaxValue - DateTimeOffset.MinValue, embedding.Latency);
    }

    [Fact]
    public async Task A_missing_name_or_a_blank_id_is_an_argument_error()
    {
        await using var container = new TracedContainer();

        Assert.Throws<ArgumentNullException>("recorded", () => container.Tracer.RecordStep<Step>(null!, static _ => { }));
        Assert.Throws<ArgumentNullException>("recorded", () => container.Tracer.RecordStep<Step>(new(null!), static _ => { }));
        Assert.Throws<ArgumentException>("recorded", () => container.Tracer.RecordStep<Step>(new("step") { Id = " " }, static _ => { }));
        Assert.Throws<ArgumentNullException>("record", () => container.Tracer.RecordStep<Step>(new("step"), null!));
        Assert.Throws<ArgumentException>("TStep", () => container.Tracer.RecordStep<ModelStep>(new("step"), static _ => { }));
        Assert.Empty(await container.TracesAsync());
    }

    [Fact]
    public async Task An_exception_of_the_code_that_sets_the_values_reaches_the_caller_and_the_step_is_recorded()
    {
        await using var container = new TracedContainer();

        Assert.Throws<FormatException>(() => container.Tracer.RecordStep<Step>(new("step"), static step =>
        {
            step.Output = "so far";
            throw new FormatException();
        }));

        Assert.Equal("so far", (await container.TraceAsync()).Root.Output);
        Assert.Null(container.Tracer.CurrentStep);
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task Where_nothing_is_traced_the_code_still_runs_and_nothing_is_published(bool isEnabled, double samplingRate)
    {
        await using var container = new TracedContainer(configure: options => (options.Enabled, options.SamplingRate) = (isEnabled, samplingRate));
        var ran = 0;

        container.Tracer.RecordStep<ChatCompletionStep>(new("chat") { Id = "my-id" }, step =>
        {
            step.Output = "answer";
            ran++;
        });

        Assert.Equal((1, 0), (ran, (await container.TracesAsync()).Count));
    }

    [Fact]
    public async Task A_step_that_is_recorded_has_no_span_and_its_id_does_not_break_the_context_of_other_services()
    {
        await using var container = new TracedContainer();
        // Other tests open spans at the same time.
        var spans = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Openlayer.Interception",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = activity => spans.Enqueue(activity.DisplayName),
        };
        ActivitySource.AddActivityListener(listener);
        TraceContext context = default;

        container.Tracer.RecordStep<Step>(new("recorded only here") { Id = "no UUID" }, _ => context = container.Tracer.CaptureContext());

        Assert.NotEqual(default, context);
        Assert.DoesNotContain("recorded only here", spans);
    }
}
