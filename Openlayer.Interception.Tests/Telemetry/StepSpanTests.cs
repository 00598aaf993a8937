using System.Diagnostics;
using System.Text.Json;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

public sealed class StepSpanTests
{
    [Fact]
    public async Task Steps_are_spans_that_nest_as_the_steps_do_while_somebody_listens()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();

        container.Work.Do("outer", () =>
        {
            container.Work.Do("first");
            using var scope = container.Tracer.StartStep("second", StepType.Retriever);
            container.Work.Do("third");
        });

        Assert.Equal("request(IWork.Do(IWork.Do, retrieval second(IWork.Do)))", spans.Tree);
        Assert.All(spans.Ended, static span => Assert.Equal(span.OperationName.StartsWith("retrieval", StringComparison.Ordinal) ? ActivityKind.Client : ActivityKind.Internal, span.Kind));
        Assert.Equal("UserCall", spans.Ended[0].GetTagItem("openlayer.step.type"));
    }

    [Fact]
    public async Task The_span_is_the_current_activity_while_the_target_runs_and_the_callers_is_current_again_after_the_call()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();
        var during = new List<Activity?>();
        var isOpen = new TaskCompletionSource();

        container.Work.Do("synchronous", () => during.Add(Activity.Current));
        Assert.Same(spans.Request, Activity.Current);
        var task = container.Work.DoAsync("suspending", async () =>
        {
            during.Add(Activity.Current);
            await isOpen.Task;
            during.Add(Activity.Current);
        });
        Assert.Same(spans.Request, Activity.Current);
        isOpen.SetResult();
        await task;
        Assert.Same(spans.Request, Activity.Current);

        Assert.Equal(
            [.. spans.Ended.Take(1), .. spans.Ended.Skip(1).Take(1), .. spans.Ended.Skip(1).Take(1)],
            during);
        Assert.Equal("request(IWork.Do, IWork.DoAsync)", spans.Tree);
    }

    [Fact]
    public async Task An_activity_that_a_synchronous_target_leaves_open_stays_current_for_the_caller()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();
        Activity? left = null;

        container.Work.Do("opens", () => left = new Activity("left open").Start());

        Assert.Same(left, Activity.Current);
        left!.Stop();
    }

    [Fact]
    public async Task A_value_that_a_synchronous_target_writes_to_an_AsyncLocal_is_kept_and_the_callers_activity_is_current_again()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();
        var written = new AsyncLocal<string>();

        container.Work.Do("writes", () => written.Value = "kept");

        Assert.Equal("kept", written.Value);
        Assert.Same(spans.Request, Activity.Current);
    }

    [Fact]
    public async Task The_spans_of_a_streams_code_nest_under_the_streams_span_and_those_of_its_consumer_do_not()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();

        await foreach (var item in container.Work.Stream("stream", Items))
        {
            Assert.Same(spans.Request, Activity.Current);
            container.Work.Get($"consumer {item}", () => item);
        }

        Assert.Equal("request(IWork.Stream<int>(IWork.Do, IWork.Do), IWork.Get<int>, IWork.Get<int>)", spans.Tree);

        async IAsyncEnumerable<int> Items()
        {
            for (var item = 1; item <= 2; item++)
            {
                container.Work.Do($"producer {item}");
                yield return item;
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task A_step_of_work_that_outlives_its_activity_leaves_no_span_current_and_no_exception_is_thrown_for_it()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();
        var outlived = ExecutionContext.Capture()!;
        spans.Request.Stop();
        var thread = Environment.CurrentManagedThreadId;
        var thrown = 0;
        void Count(object? sender, System.Runtime.ExceptionServices.FirstChanceExceptionEventArgs e) => thrown += Environment.CurrentManagedThreadId == thread ? 1 : 0;

        AppDomain.CurrentDomain.FirstChanceException += Count;
        ExecutionContext.Run(
            outlived,
            _ =>
            {
                using (container.Tracer.StartStep("late"))
                {
                }

                Assert.True(Activity.Current is null || ReferenceEquals(Activity.Current, spans.Request));
            },
            null);
        AppDomain.CurrentDomain.FirstChanceException -= Count;

        Assert.Equal("request(late)", spans.Tree);
        Assert.Equal(0, thrown);
    }

    [Fact]
    public async Task A_span_of_a_call_that_fails_has_the_error_and_the_exceptions_class()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();

        Assert.Throws<InvalidOperationException>(() => container.Work.Do("fails", static () => throw new InvalidOperationException("no room")));

        var span = Assert.Single(spans.Ended);
        Assert.Equal((ActivityStatusCode.Error, "no room"), (span.Status, span.StatusDescription));
        Assert.Equal("System.InvalidOperationException", span.GetTagItem("error.type"));
    }

    [Fact]
    public async Task A_row_has_the_ids_of_the_activity_that_its_root_ran_in_and_its_steps_the_ids_of_their_spans()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var spans = new RecordedSpans();

        container.Work.Do("outer", () => container.Work.Do("inner"));

        var row = Row.Of(await container.TraceAsync());
        Assert.Equal(spans.Request.TraceId.ToHexString(), row.GetProperty("traceId").GetString());
        Assert.Equal(spans.Ended[1].SpanId.ToHexString(), row.GetProperty("spanId").GetString());
        var root = row.GetProperty("steps")[0];
        Assert.Equal(spans.Ended[1].SpanId.ToHexString(), SpanIdOf(root));
        Assert.Equal(spans.Ended[0].SpanId.ToHexString(), SpanIdOf(root.GetProperty("steps")[0]));
    }

    [Fact]
    public async Task A_row_has_the_ids_of_its_activity_when_nobody_listens_to_steps()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var request = new Activity("request").SetParentId(
            ActivityTraceId.CreateFromString("0af7651916cd43dd8448eb211c80319c"), ActivitySpanId.CreateFromString("b7ad6b7169203331")).Start();

        container.Work.Do("outer", () => container.Work.Do("inner"));

        var row = Row.Of(await container.TraceAsync());
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", row.GetProperty("traceId").GetString());
        Assert.Equal(request.SpanId.ToHexString(), row.GetProperty("spanId").GetString());
        Assert.Equal("b7ad6b7169203331", row.GetProperty("parentSpanId").GetString());
        Assert.False(row.GetProperty("steps")[0].GetProperty("metadata").TryGetProperty("spanId", out _));
    }

    [Fact]
    public async Task A_row_outside_any_activity_has_no_ids_of_one()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        Activity.Current = null;

        container.Work.Do("outer");

        var row = Row.Of(await container.TraceAsync());
        Assert.All(["traceId", "spanId", "parentSpanId"], name => Assert.False(row.TryGetProperty(name, out _)));
    }

    [Fact]
    public async Task Inputs_and_outputs_are_on_spans_only_if_the_option_asks_for_them_and_then_without_secrets()
    {
        await using var silent = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        await using var open = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SpanContent = true);
        using var spans = new RecordedSpans();

        foreach (var container in new[] { silent, open })
        {
            using var tool = container.Tracer.StartStep<ToolStep>("look up");
            tool.Step.Arguments = new { city = "Paris", password = "hunter2" };
            tool.Step.Output = "sunny";
        }

        var (without, with) = (spans.Ended[0], spans.Ended[1]);
        Assert.DoesNotContain(without.TagObjects, static tag => tag.Value is string text && text.Contains("Paris", StringComparison.Ordinal));
        Assert.Equal("""{"city":"Paris","password":"[redacted]"}""", with.GetTagItem("gen_ai.tool.call.arguments"));
        Assert.Equal("\"sunny\"", with.GetTagItem("gen_ai.tool.call.result"));
        Assert.DoesNotContain(with.TagObjects, static tag => tag.Value is string text && text.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_span_of_a_root_has_its_input_and_output_as_messages_if_the_option_asks_for_content()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton, static options => options.SpanContent = true);
        using var spans = new RecordedSpans();

        using (var root = container.Tracer.StartStep("answer"))
        {
            root.Step.Inputs["question"] = "What is the capital?";
            root.Step.Output = "Paris";
        }

        var span = Assert.Single(spans.Ended);
        Assert.Equal("""[{"role":"user","parts":[{"type":"text","content":"What is the capital?"}]}]""", span.GetTagItem("gen_ai.input.messages"));
        Assert.Equal(
            """[{"role":"assistant","parts":[{"type":"text","content":"Paris"}],"finish_reason":"stop"}]""", span.GetTagItem("gen_ai.output.messages"));
    }

    [Fact]
    public async Task A_listener_that_throws_changes_no_call()
    {
        await using var container = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C).Start();
        var traceId = request.TraceId;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Openlayer.Interception",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.TraceId == traceId ? throw new InvalidOperationException("sampler") : ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);

        Assert.Equal(42, container.Work.Get("value", static () => 42));

        Assert.Same(request, Activity.Current);
        Assert.Equal("value", await container.TreesAsync());
    }

    private static string? SpanIdOf(JsonElement step) => step.GetProperty("metadata").GetProperty("spanId").GetString();
}
