namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>What a guardrail decides holds for every shape of method, whether checks complete at once or later.</summary>
public sealed class GuardedShapeTests
{
    private static readonly EchoShape[] Synchronous = [EchoShape.Value, EchoShape.Sequence, EchoShape.List, EchoShape.TryAnswer];

    /// <summary>Each shape, whether its checks complete later, and whether its target does.</summary>
    public static TheoryData<EchoShape, bool, bool> Calls
    {
        get
        {
            var calls = new TheoryData<EchoShape, bool, bool>();
            foreach (var shape in Enum.GetValues<EchoShape>())
            {
                calls.Add(shape, false, false);
                if (!Synchronous.Contains(shape))
                {
                    calls.Add(shape, false, true);
                    calls.Add(shape, true, true);
                    calls.Add(shape, true, false);
                }
            }

            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_blocked_input_never_runs_the_target(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnInput = static _ => GuardrailDecision.Block("no") }, new Echoes { IsSlow = isSlow });

        var exception = await Assert.ThrowsAsync<GuardrailBlockedException>(() => echoes.CallAsync(shape));

        Assert.Equal(("PII Guard", "no", "Guardrail 'PII Guard' blocked execution: no"), (exception.GuardrailName, exception.Reason, exception.Message));
        Assert.Empty(echoes.Target.Questions);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_modified_input_is_what_the_target_gets(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        // The checks of a sequence that a task returns are synchronous.
        await using var echoes = new GuardedEchoes(
            new InputOnlyGuardrail(static input => GuardrailDecision.Modify(input.With("question", "masked")), isAsynchronous), new Echoes { IsSlow = isSlow });

        Assert.Equal("echo masked", await echoes.CallAsync(shape, "secret"));
        Assert.Equal(["masked"], echoes.Target.Questions);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_blocked_output_is_never_returned(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        isAsynchronous &= shape != EchoShape.TaskOfSequence;
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnOutput = static _ => GuardrailDecision.Block("no") }, new Echoes { IsSlow = isSlow });

        await Assert.ThrowsAsync<GuardrailBlockedException>(() => echoes.CallAsync(shape));

        Assert.Single(echoes.Target.Questions);
        Assert.DoesNotContain("echo", $"{(await echoes.RootAsync()).Output}", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_modified_output_is_what_the_caller_gets(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        isAsynchronous &= shape != EchoShape.TaskOfSequence;
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnOutput = static output => GuardrailDecision.Modify(Masked(output)) }, new Echoes { IsSlow = isSlow });

        Assert.Equal("masked", await echoes.CallAsync(shape));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_guardrail_that_allows_changes_nothing(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        isAsynchronous &= shape != EchoShape.TaskOfSequence;
        foreach (var streaming in Enum.GetValues<GuardrailStreaming>())
        {
            await using var echoes = new GuardedEchoes(new ScriptedGuardrail { IsAsynchronous = isAsynchronous, Streaming = streaming }, new Echoes { IsSlow = isSlow });

            Assert.Equal("echo question", await echoes.CallAsync(shape));
            Assert.Equal(["question"], echoes.Target.Questions);
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_target_that_throws_runs_once_and_its_exception_is_the_callers(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        var failure = new FormatException("boom");
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail { IsAsynchronous = isAsynchronous }, new Echoes { IsSlow = isSlow, Failure = failure });

        Assert.Same(failure, await Assert.ThrowsAsync<FormatException>(() => echoes.CallAsync(shape)));
        Assert.Single(echoes.Target.Questions);
        Assert.Equal("boom", (await echoes.RootAsync()).Metadata["Exceptions"]);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_guardrail_that_throws_runs_the_target_once(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        isAsynchronous &= shape != EchoShape.TaskOfSequence;
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail
            {
                IsAsynchronous = isAsynchronous,
                OnInput = static _ => throw new InvalidOperationException("broke"),
                OnOutput = static _ => throw new InvalidOperationException("broke"),
            },
            new Echoes { IsSlow = isSlow });

        Assert.Equal("echo question", await echoes.CallAsync(shape));
        Assert.Single(echoes.Target.Questions);
        Assert.Contains(echoes.Log.Messages, static message => message.Contains("guardrail", StringComparison.Ordinal) && message.Contains("failed", StringComparison.Ordinal));
        Assert.DoesNotContain(echoes.Log.Messages, static message => message.Contains("broke", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_required_guardrail_that_throws_blocks_the_input(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnInput = static _ => throw new InvalidOperationException("broke on secret") },
            new Echoes { IsSlow = isSlow },
            static registration => registration.Required = true);

        var exception = await Assert.ThrowsAsync<GuardrailBlockedException>(() => echoes.CallAsync(shape));

        Assert.IsType<InvalidOperationException>(exception.InnerException);
        Assert.DoesNotContain("secret", exception.Message, StringComparison.Ordinal);
        Assert.Empty(echoes.Target.Questions);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_required_guardrail_that_throws_blocks_the_output(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        isAsynchronous &= shape != EchoShape.TaskOfSequence;
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnOutput = static _ => throw new InvalidOperationException("broke on secret") },
            new Echoes { IsSlow = isSlow },
            static registration => registration.Required = true);

        await Assert.ThrowsAsync<GuardrailBlockedException>(() => echoes.CallAsync(shape));
        Assert.Single(echoes.Target.Questions);
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task An_empty_value_a_message_or_nothing_takes_the_place_of_what_is_blocked(EchoShape shape, bool isAsynchronous, bool isSlow)
    {
        var isList = shape == EchoShape.List;
        foreach (var isInput in new[] { true, false })
        {
            isAsynchronous &= shape != EchoShape.TaskOfSequence;
            var isText = shape is EchoShape.Value or EchoShape.TaskOf or EchoShape.ValueTaskOf;
            var nothing = shape == EchoShape.TryAnswer ? "(false)" : isText || isList ? null : "";
            Assert.Equal(shape == EchoShape.TryAnswer ? "(false)" : "", await BlockedAsync(GuardrailBlockStrategy.ReturnEmpty));
            if (!isList && shape is not (EchoShape.TryAnswer or EchoShape.Sequence or EchoShape.TaskOfSequence))
            {
                Assert.Equal("sorry", await BlockedAsync(GuardrailBlockStrategy.ReturnErrorMessage));
            }

            if (shape is not (EchoShape.Sequence or EchoShape.TaskOfSequence or EchoShape.TaskOfStream or EchoShape.ValueTaskOfStream))
            {
                Assert.Equal(nothing, await BlockedAsync(GuardrailBlockStrategy.SkipCall));
            }

            async Task<string?> BlockedAsync(GuardrailBlockStrategy strategy)
            {
                var decision = GuardrailDecision.Block("no", strategy, "sorry");
                await using var echoes = new GuardedEchoes(
                    new ScriptedGuardrail { IsAsynchronous = isAsynchronous, OnInput = isInput ? _ => decision : null, OnOutput = isInput ? null : _ => decision },
                    new Echoes { IsSlow = isSlow });
                var result = await echoes.CallAsync(shape);
                Assert.Equal(isInput ? 0 : 1, echoes.Target.Questions.Count);
                Assert.Equal(true, (await echoes.RootAsync()).Metadata["guardrail_blocked"]);
                return result;
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lazy_sequence_is_empty_or_the_message_when_it_is_blocked(bool isInput)
    {
        foreach (var (strategy, expected) in new[] { (GuardrailBlockStrategy.ReturnEmpty, ""), (GuardrailBlockStrategy.ReturnErrorMessage, "sorry") })
        {
            var decision = GuardrailDecision.Block("no", strategy, "sorry");
            await using var echoes = new GuardedEchoes(new ScriptedGuardrail { OnInput = isInput ? _ => decision : null, OnOutput = isInput ? null : _ => decision });

            Assert.Equal(expected, await echoes.CallAsync(EchoShape.Sequence));
            Assert.Equal(expected, await echoes.CallAsync(EchoShape.TaskOfSequence));
        }
    }

    [Fact]
    public async Task Methods_without_a_result_are_blocked_or_skipped_before_they_run()
    {
        await using var blocked = new GuardedEchoes(new ScriptedGuardrail { OnInput = static _ => GuardrailDecision.Block("no") });
        Assert.Throws<GuardrailBlockedException>(() => blocked.Service.Nothing("secret"));
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => blocked.Service.TaskOfNothing("secret"));
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => blocked.Service.ValueTaskOfNothing("secret").AsTask());
        Assert.Empty(blocked.Target.Questions);

        await using var skipped = new GuardedEchoes(
            new ScriptedGuardrail { IsAsynchronous = true, OnInput = static _ => GuardrailDecision.Block("no", GuardrailBlockStrategy.SkipCall) });
        await skipped.Service.TaskOfNothing("secret");
        await skipped.Service.ValueTaskOfNothing("secret");
        Assert.Empty(skipped.Target.Questions);

        await using var allowed = new GuardedEchoes(new ScriptedGuardrail { IsAsynchronous = true });
        await allowed.Service.TaskOfNothing("one");
        await allowed.Service.ValueTaskOfNothing("two");
        Assert.Equal(["one", "two"], allowed.Target.Questions);
    }

    [Fact]
    public async Task A_number_cannot_be_a_message_so_that_a_block_with_one_throws()
    {
        await using var echoes = new GuardedEchoes(
            new ScriptedGuardrail { OnOutput = static _ => GuardrailDecision.Block("no", GuardrailBlockStrategy.ReturnErrorMessage, "sorry") });

        Assert.Equal("sorry", Assert.Throws<GuardrailBlockedException>(() => echoes.Service.Count("x")).ErrorMessage);
    }

    [Fact]
    public async Task An_exception_of_a_blocked_task_comes_from_the_task()
    {
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail { OnInput = static _ => GuardrailDecision.Block("no") });

        var task = echoes.Service.TaskOf("x");

        Assert.True(task.IsFaulted);
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => task);
    }

    [Fact]
    public async Task A_check_that_does_not_complete_synchronously_on_a_synchronous_method_is_an_error_that_says_the_fix()
    {
        await using var input = new GuardedEchoes(new PendingGuardrail(isInput: true));
        var exception = Assert.Throws<InvalidOperationException>(() => input.Service.Value("x"));
        Assert.Equal(
            "The guardrail 'Pending' did not complete its check of the input synchronously, but IEchoes.Value is a synchronous method, and waiting for the check could "
            + "cause a deadlock. Let the check return a completed ValueTask, make the method asynchronous, or do not guard the method with this guardrail.",
            exception.Message);
        Assert.Empty(input.Target.Questions);

        await using var output = new GuardedEchoes(new PendingGuardrail(isInput: false));
        Assert.Contains("check of the output", Assert.Throws<InvalidOperationException>(() => output.Service.Value("x")).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => output.Service.Sequence("x").ToList());
        Assert.Throws<InvalidOperationException>(() => output.Service.TryAnswer("x", out _));
        Assert.Equal(3, output.Target.Questions.Count);
    }

    [Fact]
    public async Task A_ref_argument_that_is_masked_for_the_target_stays_as_it_was_for_the_caller_if_the_target_does_not_write_it()
    {
        await using var echoes = new GuardedEchoes(new InputOnlyGuardrail(static input => GuardrailDecision.Modify(input.With("text", "masked"))));
        var text = "secret";

        echoes.Service.Change(ref text);

        Assert.Equal("echo masked", text);
        Assert.Equal(["masked"], echoes.Target.Questions);
    }

    [Fact]
    public async Task What_is_blocked_does_not_leave_through_ref_and_out_parameters()
    {
        await using var echoes = new GuardedEchoes(new OutputOnlyGuardrail(static _ => GuardrailDecision.Block("no")));
        string? answer = "before";
        Assert.Throws<GuardrailBlockedException>(() => echoes.Service.TryAnswer("secret", out answer));
        Assert.Null(answer);

        var text = "secret";
        Assert.Throws<GuardrailBlockedException>(() => echoes.Service.Change(ref text));
        Assert.Equal("secret", text);
        Assert.All(await echoes.TracesAsync(), static trace => Assert.DoesNotContain("echo secret", Tree(trace.Root), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_value_of_an_out_parameter_can_be_checked_and_modified()
    {
        await using var echoes = new GuardedEchoes(new OutputOnlyGuardrail(static output => GuardrailDecision.Modify(output.WithArgument("answer", "masked"))));

        Assert.True(echoes.Service.TryAnswer("secret", out var answer));
        Assert.Equal("masked", answer);
    }

    [Fact]
    public async Task A_value_of_the_wrong_type_is_a_failure_of_the_guardrail_with_a_clear_message()
    {
        Exception? thrown = null;
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail
        {
            OnInput = input =>
            {
                try
                {
                    return GuardrailDecision.Modify(input.With("question", 42));
                }
                catch (ArgumentException exception)
                {
                    thrown = exception;
                    throw;
                }
            },
            OnOutput = static output => GuardrailDecision.Modify(output.With(null)),
        });

        Assert.Equal(13, echoes.Service.Count("question"));
        Assert.StartsWith("A guardrail gave a value of int for the parameter question of Count, which is of string. Give a value of that type.", thrown!.Message, StringComparison.Ordinal);
        var metadata = (await echoes.RootAsync()).Metadata["guardrails"]!.ToString()!;
        Assert.Contains("A guardrail gave null for the result of Count, which is of int.", metadata, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_about_something_else_is_a_failure_of_the_guardrail()
    {
        var method = typeof(IEchoes).GetMethod(nameof(IEchoes.Count))!;
        foreach (var decision in new[] { null!, GuardrailDecision.Modify(new GuardrailInput(method, ["other"])), GuardrailDecision.Modify(new GuardrailOutput(method, 1)) })
        {
            await using var echoes = new GuardedEchoes(
                new InputOnlyGuardrail(_ => decision), configure: static registration => registration.Required = true);

            Assert.IsType<InvalidOperationException>(Assert.Throws<GuardrailBlockedException>(() => echoes.Service.Value("x")).InnerException);
        }
    }

    [Fact]
    public async Task A_completed_task_stays_completed()
    {
        await using var echoes = new GuardedEchoes(new AllowingGuardrail());

        Assert.True(echoes.Service.TaskOf("x").IsCompletedSuccessfully);
        Assert.True(echoes.Service.ValueTaskOf("x").AsTask().IsCompletedSuccessfully);
    }

    private static GuardrailOutput Masked(GuardrailOutput output) => output switch
    {
        { Value: string[] } => output.With(new[] { "masked" }),
        { Value: bool } => output.WithArgument("answer", "masked"),
        _ => output.With("masked"),
    };

    private static string Tree(Step step) => string.Join(
        ' ', [.. step.Inputs.Values, step.Output, .. step.Metadata.Values, .. step.Steps.Select(Tree)]);

    private sealed class PendingGuardrail(bool isInput) : IGuardrail
    {
        private static readonly Task<GuardrailDecision> Never = new TaskCompletionSource<GuardrailDecision>().Task;

        public string Name => "Pending";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) =>
            isInput ? new(Never) : new(GuardrailDecision.Allow());

        public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken) =>
            isInput ? new(GuardrailDecision.Allow()) : new(Never);
    }
}
