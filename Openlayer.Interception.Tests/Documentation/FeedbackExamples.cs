using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/feedback.md and docs/cost.md.</summary>
public sealed class FeedbackExamples
{
    [Fact]
    public async Task Feedback_is_sent()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(null, server);
        var (tracer, inferenceId, cancellationToken) = (app.Tracer, "my-id", TestContext.Current.CancellationToken);

        var feedback = new RowFeedback
        {
            HumanFeedback = 5,
            GroundTruth = "It ends.",
            Columns = { ["comment"] = "Clear." },
        };
        var outcome = await tracer.SendFeedbackAsync(inferenceId, feedback, cancellationToken);

        Assert.Equal((FeedbackOutcome.Sent, HttpMethods.Put), (outcome, (await server.NextAsync()).Method));
    }

    [Fact]
    public async Task A_step_is_recorded_from_data_and_priced()
    {
        var published = new InMemoryTracePublisher();
        var options = new OpenlayerOptions { SendToOpenlayer = false, Publishers = { published } };
        options.Prices.Add(new ModelPrice { Model = "acme-large", Input = 0.8, Output = 2.4, CachedInput = 0.08 });
        options.Prices.Add(new ModelPrice { Model = "llama3.2:3b", Provider = "Ollama", Input = 0.01, Output = 0.01 });
        await using var tracer = new OpenlayerTracer(options);
        var (started, ended) = (DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddSeconds(2));

        tracer.RecordStep<ChatCompletionStep>(new("Acme Chat Completion") { Id = "chat-17", StartTime = started, EndTime = ended }, step =>
        {
            step.Provider = "Acme";
            step.Model = "acme-large";
            step.Inputs["prompt"] = new[] { new { role = "user", content = "Who leaves early?" } };
            step.Output = "No one.";
            step.PromptTokens = 20;
            step.CompletionTokens = 10;
            step.Tokens = 30;
            step.Cost = 0.002;
        });
        tracer.RecordStep<ChatCompletionStep>(new("priced"), static step => (step.Model, step.PromptTokens) = ("acme-large", 1_000_000));
        await tracer.FlushAsync(TestContext.Current.CancellationToken);

        var step = Assert.IsType<ChatCompletionStep>(published.Traces[0].Root);
        Assert.Equal(("chat-17", 0.002, TimeSpan.FromSeconds(2)), (step.Id, step.Cost, step.Latency));
        Assert.Equal(0.8, ((ModelStep)published.Traces[1].Root).Cost);
    }
}
