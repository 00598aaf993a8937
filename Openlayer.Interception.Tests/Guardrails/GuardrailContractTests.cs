using System.Reflection;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>The inputs, outputs and decisions that guardrails are written and tested with.</summary>
public sealed class GuardrailContractTests
{
    private static readonly MethodInfo Count = typeof(IEchoes).GetMethod(nameof(IEchoes.Count))!;

    private static readonly MethodInfo TryAnswer = typeof(IEchoes).GetMethod(nameof(IEchoes.TryAnswer))!;

    [Fact]
    public void An_input_has_its_arguments_by_name_and_changes_only_as_a_copy()
    {
        var input = new GuardrailInput(Count, ["x"]);

        var changed = input.With("question", "y");

        Assert.Equal(("x", "y"), (input["question"], changed["question"]));
        Assert.Equal(["question"], changed.ParameterNames);
        Assert.Same(Count, changed.Method);
    }

    [Fact]
    public void An_input_rejects_arguments_that_do_not_fit()
    {
        Assert.Equal(
            "Count has no parameter other. Its parameters are: question. (Parameter 'parameterName')",
            Assert.Throws<ArgumentException>(() => new GuardrailInput(Count, ["x"])["other"]).Message);
        Assert.StartsWith("Count has 1 parameters, but there are 0 arguments.", Assert.Throws<ArgumentException>(() => new GuardrailInput(Count, [])).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "A guardrail gave a value of int for the parameter question of Count, which is of string.",
            Assert.Throws<ArgumentException>(() => new GuardrailInput(Count, [1])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_output_accepts_only_values_of_the_result_type()
    {
        var output = new GuardrailOutput(Count, 1);

        Assert.Equal((1, 2), (output.Value, output.With(2).Value));
        Assert.Throws<ArgumentException>(() => output.With("two"));
        Assert.Throws<ArgumentException>(() => output.With(null));
        Assert.Equal("masked", new GuardrailOutput(typeof(IEchoes).GetMethod(nameof(IEchoes.TaskOf))!, "x").With("masked").Value);
        Assert.Throws<ArgumentException>(() => new GuardrailOutput(typeof(IEchoes).GetMethod(nameof(IEchoes.TaskOf))!, "x").With(1));
    }

    [Fact]
    public void An_output_has_the_values_of_out_parameters()
    {
        var output = new GuardrailOutput(TryAnswer, true, new Dictionary<string, object?> { ["answer"] = "x" });

        Assert.Equal("y", output.WithArgument("answer", "y").OutArguments["answer"]);
        Assert.Throws<ArgumentException>(() => output.WithArgument("answer", 1));
        Assert.Throws<ArgumentException>(() => output.WithArgument("question", "y"));
    }

    [Fact]
    public void A_block_with_an_unknown_strategy_is_rejected() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GuardrailDecision.Block("no", (GuardrailBlockStrategy)17));

    [Fact]
    public async Task A_guardrail_allows_by_default_and_checks_whole_texts()
    {
        IGuardrail guardrail = new Minimal();

        Assert.Equal(GuardrailStreaming.WholeText, guardrail.Streaming);
        Assert.Equal(GuardrailAction.Allow, (await guardrail.CheckInputAsync(new GuardrailInput(Count, ["x"]), TestContext.Current.CancellationToken)).Action);
        Assert.Equal(GuardrailAction.Allow, (await guardrail.CheckOutputAsync(new GuardrailOutput(Count, 1), TestContext.Current.CancellationToken)).Action);
    }

    [Fact]
    public async Task Entities_in_the_metadata_are_values_of_the_step()
    {
        var metadata = new Dictionary<string, object?>
        {
            ["detected_entities"] = new[] { "EMAIL" },
            ["redacted_entities"] = new[] { "EMAIL" },
            ["blocked_entities"] = new[] { "IBAN" },
            ["confidence_threshold"] = 0.7,
        };
        await using var echoes = new GuardedEchoes(new InputOnlyGuardrail(_ => GuardrailDecision.Allow("seen", metadata)));

        echoes.Service.Value("x");

        var check = Assert.IsType<GuardrailStep>(Assert.Single((await echoes.RootAsync()).Steps));
        Assert.Equal(
            ("""["EMAIL"]""", """["EMAIL"]""", """["IBAN"]""", 0.7, "seen"),
            ($"{check.DetectedEntities}", $"{check.RedactedEntities}", $"{check.BlockedEntities}", check.ConfidenceThreshold, check.Reason));
    }

    private sealed class Minimal : IGuardrail
    {
        public string Name => "Minimal";
    }
}
