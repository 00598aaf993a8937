using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/hosting.md about queues, with what they do.</summary>
public sealed class QueueExamples
{
    private readonly InMemoryTracePublisher _traces;
    private readonly OpenlayerTracer _tracer;

    public QueueExamples()
    {
        var services = new ServiceCollection();
        services.AddOpenlayer();
        _traces = services.UseInMemoryOpenlayer();
        _tracer = services.BuildServiceProvider().GetRequiredService<OpenlayerTracer>();
    }

    public sealed record Job(string Question, TraceContext Context);

    [Fact]
    public async Task A_queue_carries_the_context_of_a_job()
    {
        var tracer = _tracer;
        var queue = Channel.CreateUnbounded<Job>();
        using (tracer.StartStep("request"))
        {
            await Write("Who leaves early?");
        }

        queue.Writer.Complete();
        await ReadAsync();

        await tracer.FlushAsync();
        Assert.Equal(_traces.Traces[0].InferenceId, _traces.Traces[1].Root.Metadata["continuedFrom"]);

        async Task Write(string question)
        {
            await queue.Writer.WriteAsync(new Job(question, tracer.CaptureContext()));
        }

        async Task ReadAsync()
        {
            await foreach (var job in queue.Reader.ReadAllAsync())
            {
                using (tracer.ContinueFrom(job.Context))
                {
                    await AnswerAsync(job.Question);
                }
            }
        }
    }

    [Fact]
    public async Task Headers_carry_the_context_to_another_process()
    {
        var tracer = _tracer;
        var headers = new Dictionary<string, string?>();
        using (tracer.BeginSession("ada", "conversation-7"))
        using (tracer.StartStep("request"))
        {
            Send();
        }

        await ReceiveAsync();

        await tracer.FlushAsync();
        Assert.Equal(("ada", "conversation-7"), (_traces.Traces[1].UserId, _traces.Traces[1].SessionId));

        void Send()
        {
            var context = tracer.CaptureContext();
            headers["traceparent"] = context.TraceParent;
            headers["baggage"] = context.Baggage;
        }

        async Task ReceiveAsync()
        {
            TraceContext.TryParse(headers["traceparent"], headers["baggage"], out var caller);
            using (tracer.ContinueFrom(caller))
            {
                await AnswerAsync("Who leaves early?");
            }
        }
    }

    private Task<int> AnswerAsync(string question) => _tracer.RunStep("answer", _ => Task.FromResult(question.Length));
}
