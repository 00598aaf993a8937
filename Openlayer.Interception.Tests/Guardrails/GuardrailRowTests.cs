using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>
/// Rows of guarded calls equal those of the Python SDK for the same functions, field by field, but for the differences that each test states.
/// docs/guardrails.md lists them.
/// </summary>
public sealed class GuardrailRowTests
{
    private const string Mail = "mail a@b.c";

    private static readonly Dictionary<string, object?> Score = new() { ["score"] = 1 };

    private static readonly object BothBlocked = new { q = "[blocked]", k = "[blocked]" };

    [Theory]
    [InlineData("sync-allow-both")]
    [InlineData("async-allow-both")]
    public Task Checks_that_allow_are_recorded_as_in_Python(string recording) =>
        AssertRowAsync(new RecordedRow(recording), recording, new ScriptedGuardrail());

    [Theory]
    [InlineData("sync-disabled")]
    [InlineData("async-disabled")]
    public Task A_call_without_guardrails_says_so_as_in_Python(string recording) => AssertRowAsync(new RecordedRow(recording), recording);

    [Theory]
    [InlineData("sync-modify-input")]
    [InlineData("async-modify-input")]
    public Task A_modified_input_is_recorded_as_modified_and_nowhere_as_it_was(string recording) => AssertRowAsync(
        new RecordedRow(recording).Metadata("guardrail_modified", true).Input("q", "mail [EMAIL]").OriginalData(0, new { q = "[modified]", k = 3 }),
        recording,
        new ScriptedGuardrail
        {
            OnInput = static input => GuardrailDecision.Modify(input.With("q", "mail [EMAIL]"), "pii", new Dictionary<string, object?> { ["entities"] = new[] { "EMAIL" } }),
        });

    [Theory]
    [InlineData("sync-modify-output")]
    [InlineData("async-modify-output")]
    public Task A_modified_output_is_recorded_as_modified_and_nowhere_as_it_was(string recording) => AssertRowAsync(
        new RecordedRow(recording).Metadata("guardrail_modified", true).OriginalData(1, "[modified]"),
        recording,
        new ScriptedGuardrail { OnOutput = static output => GuardrailDecision.Modify(output.With("[redacted]"), "pii") });

    [Theory]
    [InlineData("sync-block-input-raise_exception")]
    [InlineData("async-block-input-raise_exception")]
    public Task A_blocked_input_with_an_exception_is_nowhere_in_the_row(string recording) => AssertRowAsync(
        new RecordedRow("sync-block-input-raise_exception").Input("q", "[blocked]").Input("k", "[blocked]").OriginalData(0, BothBlocked)
            .Check(0, "output", BothBlocked).Check(0, "action", "block").Check(0, "reason", "no").Check(0, "dataType", "input").Check(0, "blockStrategy", "raise_exception"),
        recording,
        Blocks(GuardrailBlockStrategy.Throw, isInput: true));

    [Theory]
    [InlineData("sync-block-input-return_empty", "", "return_empty", GuardrailBlockStrategy.ReturnEmpty)]
    [InlineData("async-block-input-return_empty", "", "return_empty", GuardrailBlockStrategy.ReturnEmpty)]
    [InlineData("sync-block-input-return_error_message", "sorry", "return_error_message", GuardrailBlockStrategy.ReturnErrorMessage)]
    [InlineData("async-block-input-return_error_message", "sorry", "return_error_message", GuardrailBlockStrategy.ReturnErrorMessage)]
    public Task A_blocked_input_never_reaches_the_function_and_is_nowhere_in_the_row(string recording, string output, string strategy, GuardrailBlockStrategy given) =>
        AssertRowAsync(
            new RecordedRow(recording).WithoutOutputCheck().Metadata("guardrail_blocked", true).Output(output).Input("q", "[blocked]").Input("k", "[blocked]")
                .OriginalData(0, BothBlocked).Check(0, "output", BothBlocked).Check(0, "blockStrategy", strategy),
            recording,
            Blocks(given, isInput: true));

    [Theory]
    [InlineData("sync-block-input-skip_function")]
    [InlineData("async-block-input-skip_function")]
    public Task A_call_that_is_skipped_has_no_output_and_its_input_is_nowhere_in_the_row(string recording) => AssertRowAsync(
        new RecordedRow("sync-block-input-skip_function").Metadata("guardrail_blocked", true).Input("q", "[blocked]").Input("k", "[blocked]")
            .OriginalData(0, BothBlocked).Check(0, "output", BothBlocked).Check(0, "blockStrategy", "skip_function"),
        recording,
        Blocks(GuardrailBlockStrategy.SkipCall, isInput: true));

    [Theory]
    [InlineData("block-input-error-message-null")]
    public Task A_block_without_an_error_message_returns_the_reason(string recording) => AssertRowAsync(
        new RecordedRow(recording).WithoutOutputCheck().Metadata("guardrail_blocked", true).Output("no").Input("q", "[blocked]").Input("k", "[blocked]")
            .OriginalData(0, BothBlocked).Check(0, "output", BothBlocked).Check(0, "blockStrategy", "return_error_message"),
        recording,
        new ScriptedGuardrail { OnInput = static _ => GuardrailDecision.Block("no", GuardrailBlockStrategy.ReturnErrorMessage, metadata: Score) });

    [Theory]
    [InlineData("sync-block-output-raise_exception")]
    [InlineData("async-block-output-raise_exception")]
    public Task A_blocked_output_with_an_exception_is_nowhere_in_the_row(string recording) => AssertRowAsync(
        new RecordedRow("sync-block-output-raise_exception").Output(null).OriginalData(1, "[blocked]")
            .Check(1, "output", null).Check(1, "action", "block").Check(1, "reason", "no").Check(1, "dataType", "output").Check(1, "blockStrategy", "raise_exception"),
        recording,
        Blocks(GuardrailBlockStrategy.Throw, isInput: false));

    [Theory]
    [InlineData("sync-block-output-return_empty", "", GuardrailBlockStrategy.ReturnEmpty)]
    [InlineData("async-block-output-return_empty", "", GuardrailBlockStrategy.ReturnEmpty)]
    [InlineData("sync-block-output-return_error_message", "sorry", GuardrailBlockStrategy.ReturnErrorMessage)]
    [InlineData("async-block-output-return_error_message", "sorry", GuardrailBlockStrategy.ReturnErrorMessage)]
    [InlineData("sync-block-output-skip_function", null, GuardrailBlockStrategy.SkipCall)]
    [InlineData("async-block-output-skip_function", null, GuardrailBlockStrategy.SkipCall)]
    public Task A_blocked_output_is_nowhere_in_the_row(string recording, string? output, GuardrailBlockStrategy strategy) => AssertRowAsync(
        new RecordedRow(recording).Metadata("guardrail_blocked", true).Output(output).OriginalData(1, "[blocked]")
            .Check(1, "output", output).Check(1, "blockStrategy", recording[(recording.LastIndexOf('-') + 1)..]),
        recording,
        Blocks(strategy, isInput: false));

    [Theory]
    [InlineData("sync-throws-input")]
    [InlineData("async-throws-input")]
    public Task A_check_of_an_input_that_throws_is_an_error_in_the_row(string recording) => AssertRowAsync(
        new RecordedRow(recording)
            .Entry("input_pii_guard", new { action = "error", reason = "guard broke", metadata = new { error_type = "InvalidOperationException" } })
            .Check(0, "action", "error").Check(0, "reason", "guard broke").Check(0, "dataType", "input").Check(0, "metadata", new { error_type = "InvalidOperationException" }),
        recording,
        new ScriptedGuardrail { OnInput = static _ => throw new InvalidOperationException("guard broke") });

    [Theory]
    [InlineData("sync-throws-output")]
    [InlineData("async-throws-output")]
    public Task A_check_of_an_output_that_throws_is_an_error_in_the_row(string recording) => AssertRowAsync(
        new RecordedRow(recording)
            .Entry("output_pii_guard", new { action = "error", reason = "guard broke", metadata = new { error_type = "InvalidOperationException" } })
            .Check(1, "metadata", new { error_type = "InvalidOperationException" }).Check(1, "dataType", "output"),
        recording,
        new ScriptedGuardrail { OnOutput = static _ => throw new InvalidOperationException("guard broke") });

    [Theory]
    [InlineData("sync-two")]
    [InlineData("async-two")]
    public Task Two_guardrails_check_in_order_and_neither_has_what_the_second_masks(string recording) => AssertRowAsync(
        new RecordedRow(recording).Metadata("guardrail_modified", true).Metadata("guardrail_names", new[] { "first", "input__second", "first", "input__second" }).Input("q", "x")
            .OriginalData(0, new { q = "[modified]", k = 3 }).Check(0, "output", new { q = "x", k = 3 }).OriginalData(1, new { q = "[modified]", k = 3 }),
        recording,
        new ScriptedGuardrail("First"),
        new ScriptedGuardrail("input_ Second") { OnInput = static input => GuardrailDecision.Modify(input.With("q", "x")) });

    [Fact]
    public async Task A_function_that_throws_runs_once_and_keeps_its_inputs_and_its_check()
    {
        var function = new Function { Failure = new FormatException("boom") };
        var row = await RowAsync(function, "async-function-throws", new ScriptedGuardrail());

        Assert.Equal(1, function.Runs);
        new RecordedRow("async-allow-both").Metadata("Exceptions", "boom").Output(null).WithoutOutputCheck().Metadata("guardrail_actions", new[] { "allow" })
            .Metadata("guardrail_allowed", true).AssertEqual(row.Json);
    }

    [Fact]
    public Task Two_guardrails_of_the_same_name_have_an_entry_each() => AssertRowAsync(
        new RecordedRow("sync-two").Metadata("guardrail_names", new[] { "first", "first_2", "first", "first_2" }).Metadata("guardrail_actions", new[] { "allow", "allow", "allow", "allow" })
            .Entry("input_input__second", null).Entry("output_input__second", null)
            .Entry("input_first_2", new { action = "allow", reason = (string?)null, metadata = new { } })
            .Entry("output_first_2", new { action = "allow", reason = (string?)null, metadata = new { } })
            .Output("answer to mail a@b.c").Check(1, "name", "First - Input").Check(1, "action", "allow").Check(1, "output", new { q = Mail, k = 3 }).Check(3, "name", "First - Output")
            .Check(2, "output", "answer to mail a@b.c").OriginalData(2, "answer to mail a@b.c").Check(3, "output", "answer to mail a@b.c").OriginalData(3, "answer to mail a@b.c"),
        "sync-two",
        new ScriptedGuardrail("First"),
        new ScriptedGuardrail("First"));

    [Fact]
    public async Task A_stream_is_checked_unlike_in_Python()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = Application(server, new Function(), new ScriptedGuardrail { Streaming = GuardrailStreaming.Item });
        await foreach (var _ in app.Resolve<IFunction>().Gen("x"))
        {
        }

        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        var row = (await server.NextAsync()).Json.GetProperty("rows")[0];

        Assert.Equal("ab", row.GetProperty("output").GetString());
        Assert.Equal("""["allow","allow"]""", row.GetProperty("guardrail_actions").GetRawText());
        Assert.Equal(
            ["PII Guard - Input", "PII Guard - Output"],
            row.GetProperty("steps")[0].GetProperty("steps").EnumerateArray().Select(static step => step.GetProperty("name").GetString()));
    }

    private static ScriptedGuardrail Blocks(GuardrailBlockStrategy strategy, bool isInput) => isInput
        ? new ScriptedGuardrail { OnInput = _ => GuardrailDecision.Block("no", strategy, "sorry", Score) }
        : new ScriptedGuardrail { OnOutput = _ => GuardrailDecision.Block("no", strategy, "sorry", Score) };

    private static async Task AssertRowAsync(RecordedRow expected, string recording, params ScriptedGuardrail[] guardrails) =>
        expected.AssertEqual((await RowAsync(new Function(), recording, guardrails)).Json);

    private static async Task<ReceivedRequest> RowAsync(Function function, string recording, params ScriptedGuardrail[] guardrails)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = Application(server, function, guardrails);
        try
        {
            _ = recording.StartsWith("async", StringComparison.Ordinal) ? await app.Resolve<IFunction>().FAsync(Mail, 3) : app.Resolve<IFunction>().F(Mail, 3);
        }
        catch (Exception exception) when (exception is GuardrailBlockedException || ReferenceEquals(exception, function.Failure))
        {
        }

        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);
        return await server.NextAsync();
    }

    private static TracedApplication Application(OpenlayerServer server, Function function, params ScriptedGuardrail[] guardrails) => new(
        options =>
        {
            foreach (var guardrail in guardrails)
            {
                options.Guardrails.Add(guardrail, static _ => true);
            }
        },
        server,
        builder => builder.RegisterInstance(function).As<IFunction>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

    public interface IFunction
    {
        [Trace(Name = "f")]
        string F(string q, int k);

        [Trace(Name = "f")]
        Task<string> FAsync(string q, int k);

        [Trace(Name = "gen")]
        IAsyncEnumerable<string> Gen(string q);
    }

    public sealed class Function : IFunction
    {
        public int Runs { get; private set; }

        public Exception? Failure { get; init; }

        public string F(string q, int k)
        {
            Runs++;
            return Failure is null ? $"answer to {q}" : throw Failure;
        }

        public async Task<string> FAsync(string q, int k)
        {
            await Task.Yield();
            return F(q, k);
        }

        public async IAsyncEnumerable<string> Gen(string q)
        {
            yield return "a";
            await Task.Yield();
            yield return "b";
        }
    }
}
