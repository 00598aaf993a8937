using System.Text;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Texts of a step that are not captured values: names, ids and the words of guardrails and handoffs.</summary>
public sealed class NamedTextTests
{
    private const string Secret = "https://host/?sig=hunter2abc";

    [Fact]
    public async Task Names_ids_and_texts_of_steps_hold_no_secrets()
    {
        var publisher = new InMemoryTracePublisher();
        await using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, Publishers = { publisher } });
        using (tracer.BeginSession($"user {Secret}", $"session {Secret}"))
        using (var root = tracer.StartStep($"GET {Secret}"))
        {
            root.Step.Metadata[Secret] = "value";
            root.Step.Inputs.Add(Secret, "value");
            tracer.CurrentTrace!.Metadata[Secret] = "value";
            using (var guardrail = tracer.StartStep<GuardrailStep>("guardrail"))
            {
                guardrail.Step.Name = Secret;
                (guardrail.Step.Reason, guardrail.Step.Action, guardrail.Step.BlockStrategy, guardrail.Step.DataType) = (Secret, Secret, Secret, Secret);
            }

            using (var handoff = tracer.StartStep<HandoffStep>("handoff"))
            {
                (handoff.Step.FromComponent, handoff.Step.ToComponent) = (Secret, Secret);
            }

            using (var agent = tracer.StartStep<AgentStep>("agent"))
            {
                (agent.Step.Tool, agent.Step.AgentType) = (Secret, Secret);
            }

            using (var tool = tracer.StartStep<ToolStep>("tool"))
            {
                tool.Step.FunctionName = Secret;
            }

            using (var chat = tracer.StartStep<ChatCompletionStep>("chat"))
            {
                (chat.Step.Provider, chat.Step.Model) = (Secret, Secret);
                chat.Step.ModelParameters = new Dictionary<string, object?> { [Secret] = "value" };
            }
        }

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        var trace = Assert.Single(publisher.Traces);
        Assert.Equal("GET https://host/?sig=[redacted]", trace.Root.Name);
        Assert.Equal("session https://host/?sig=[redacted]", trace.SessionId);
        Assert.Equal("https://host/?sig=[redacted]", Assert.IsType<GuardrailStep>(trace.Root.Steps[0]).Reason);
        var row = new JsonBuffer();
        DataStreamRequest.Write(row, new Row(trace));
        Assert.DoesNotContain("hunter2abc", Encoding.UTF8.GetString(row.Written), StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_found_under_the_name_that_it_was_set_with()
    {
        using var tracer = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false });
        using var scope = tracer.StartStep("step");
        var metadata = scope.Step.Metadata;

        metadata[Secret] = 1;

        Assert.Equal(1, metadata[Secret]);
        Assert.Contains(Secret, metadata);
        Assert.Throws<ArgumentException>(() => metadata.Add(Secret, 2));
        Assert.True(metadata.Remove(Secret));
        Assert.Empty(metadata);
    }

    [Fact]
    public void The_function_receives_the_reason_of_a_guardrail_and_no_names()
    {
        var seen = new List<string>();
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Capture.Redact = (name, _, text) =>
        {
            seen.Add($"{name}: {text}");
            return text;
        };
        using var tracer = new OpenlayerTracer(options);
        using var scope = tracer.StartStep<GuardrailStep>("step");

        scope.Step.Reason = "an address";

        Assert.Equal(["reason: an address"], seen);
    }
}
