using Microsoft.Extensions.Time.Testing;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A guardrail that fails, hangs or is cancelled.</summary>
public sealed class GuardrailFailureTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_check_that_exceeds_its_time_budget_is_logged_and_lets_the_call_go_on(bool observesItsToken)
    {
        var time = new FakeTimeProvider();
        var guardrail = new HangingGuardrail(observesItsToken);
        await using var echoes = Guarded(guardrail, time, static registration => registration.TimeBudget = TimeSpan.FromSeconds(2));

        var call = echoes.Service.TaskOf("question");
        time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(call.IsCompleted);
        Assert.Empty(echoes.Target.Questions);
        time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal("echo question", await call);
        Assert.True(guardrail.Token.IsCancellationRequested);
        Assert.Contains(echoes.Log.Messages, static message => message.Contains("exceeded its time budget", StringComparison.Ordinal));
        var check = Assert.IsType<GuardrailStep>(Assert.Single((await echoes.RootAsync()).Steps));
        Assert.Equal(("error", "TimeoutException"), (check.Action, check.Metadata["error_type"]));
    }

    [Fact]
    public async Task A_required_check_that_exceeds_its_time_budget_blocks_the_call()
    {
        var time = new FakeTimeProvider();
        await using var echoes = Guarded(new HangingGuardrail(observesItsToken: true), time, static registration =>
        {
            registration.TimeBudget = TimeSpan.FromSeconds(2);
            registration.Required = true;
        });

        var call = echoes.Service.TaskOf("question");
        time.Advance(TimeSpan.FromSeconds(3));

        Assert.IsType<TimeoutException>((await Assert.ThrowsAsync<GuardrailBlockedException>(() => call)).InnerException);
        Assert.Empty(echoes.Target.Questions);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_that_cancels_during_a_check_gets_its_cancellation_and_the_target_does_not_run(bool observesItsToken)
    {
        using var source = new CancellationTokenSource();
        await using var echoes = new GuardedEchoes(new HangingGuardrail(observesItsToken));

        var call = echoes.Service.CancellableAsync("secret", source.Token);
        source.Cancel();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((source.Token, TaskStatus.Canceled), (exception.CancellationToken, call.Status));
        Assert.Empty(echoes.Target.Questions);
        Assert.Equal("[not checked]", (await echoes.RootAsync()).Inputs["question"]);
    }

    [Fact]
    public async Task A_check_that_cancels_itself_has_failed()
    {
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail { OnInput = static _ => throw new OperationCanceledException() });

        Assert.Equal("echo question", await echoes.Service.CancellableAsync("question", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_guardrail_whose_name_or_part_throws_has_failed()
    {
        await using var echoes = new GuardedEchoes(new NamelessGuardrail());

        Assert.Equal("echo question", await echoes.CallAsync(EchoShape.Value));
        Assert.Equal("echo question", await echoes.CallAsync(EchoShape.Stream));

        await using var required = new GuardedEchoes(new NamelessGuardrail(), configure: static registration => registration.Required = true);
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => required.CallAsync(EchoShape.Value));
    }

    [Fact]
    public async Task The_message_of_a_failure_is_not_recorded_if_another_guardrail_masks_the_input()
    {
        await using var echoes = new GuardedEchoes(
        [
            new ScriptedGuardrail("First") { OnInput = static input => throw new FormatException($"cannot parse {input["question"]}") },
            new ScriptedGuardrail("Second") { OnInput = static input => GuardrailDecision.Modify(input.With("question", "masked")) },
        ]);

        echoes.Service.Value("secret");

        var root = await echoes.RootAsync();
        Assert.Equal("FormatException", Assert.IsType<GuardrailStep>(root.Steps[0]).Reason);
        Assert.DoesNotContain("secret", root.Metadata["guardrails"]!.ToString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_checked_is_logged_and_blocked_if_a_guardrail_is_required()
    {
        var guardrail = new OutputOnlyGuardrail(static _ => GuardrailDecision.Block("no"));
        await using var lenient = new GuardedService<IUncheckable>(new Uncheckable(), [guardrail]);
        Assert.Equal("x", await lenient.Service.TryAsync("x", out var length));
        Assert.Equal(1, length);
        Assert.Contains(lenient.Log.Messages, static message => message.Contains("IUncheckable.TryAsync is asynchronous and has ref or out parameters", StringComparison.Ordinal));

        var target = new Uncheckable();
        await using var strict = new GuardedService<IUncheckable>(target, [guardrail], static registration => registration.Required = true);
        await Assert.ThrowsAsync<GuardrailBlockedException>(() => strict.Service.TryAsync("x", out _));
        Assert.Equal(0, target.Calls);
    }

    [Fact]
    public void A_time_budget_out_of_range_is_an_error_that_names_the_range()
    {
        var registration = new OpenlayerOptions().Guardrails.Add(new AllowingGuardrail(), static _ => true);

        Assert.StartsWith(
            "GuardrailRegistration.TimeBudget must be from 1 millisecond to 1 day, or null for no limit.",
            Assert.Throws<ArgumentOutOfRangeException>(() => registration.TimeBudget = TimeSpan.Zero).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => registration.TimeBudget = TimeSpan.FromDays(2));
        registration.TimeBudget = TimeSpan.FromDays(1);
        registration.TimeBudget = null;
    }

    private static GuardedEchoes Guarded(IGuardrail guardrail, TimeProvider time, Action<GuardrailRegistration> configure) =>
        new(guardrail, configure: configure, options: options => options.TimeProvider = time);

    public interface IUncheckable
    {
        Task<string> TryAsync(string text, out int length);
    }

    public sealed class Uncheckable : IUncheckable
    {
        public int Calls { get; private set; }

        public Task<string> TryAsync(string text, out int length)
        {
            Calls++;
            length = text.Length;
            return Task.FromResult(text);
        }
    }

    private sealed class HangingGuardrail(bool observesItsToken) : IGuardrail
    {
        public string Name => "Hanging";

        public CancellationToken Token { get; private set; }

        public async ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
        {
            Token = cancellationToken;
            await Task.Delay(Timeout.Infinite, observesItsToken ? cancellationToken : CancellationToken.None);
            return GuardrailDecision.Allow();
        }
    }

    private sealed class NamelessGuardrail : IGuardrail
    {
        public string Name => throw new InvalidOperationException("no name");

        public GuardrailStreaming Streaming => throw new InvalidOperationException("no part");

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) => new(GuardrailDecision.Allow());

        public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken) => new(GuardrailDecision.Allow());
    }
}
