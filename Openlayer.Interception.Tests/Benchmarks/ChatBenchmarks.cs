using System.Runtime.CompilerServices;
using Autofac;
using Autofac.Extras.DynamicProxy;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Benchmarks.Peers;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// A chat completion through <see cref="IChatClient"/>, compared with the spans of Microsoft.Extensions.AI. The spans of both have the
/// messages, and go to the same exporter. Ten requests are made under each root.
/// </summary>
[MemoryDiagnoser]
public class ChatBenchmarks
{
    private const int Requests = 10;
    private const int Pieces = 100;

    private readonly ChatOptions _options = new() { Temperature = 0.2f };
    private readonly AnsweringChatClient _bare = new();
    private List<ChatMessage> _messages = [];
    private IContainer _container = null!;
    private OpenlayerTracer _tracer = null!;
    private TracerProvider? _spans;
    private IChatClient _traced = null!;
    private IChatClient _withSpans = null!;

    [ParamsAllValues]
    public ChatRequest Request { get; set; }

    [GlobalSetup(Target = nameof(Bare))]
    public Task SetUpBare()
    {
        SetUp();
        return WarmUp.RunAsync(Bare);
    }

    [GlobalSetup(Target = nameof(Traced))]
    public Task SetUpTraced()
    {
        SetUp();
        return WarmUp.RunAsync(Traced);
    }

    [GlobalSetup(Target = nameof(UseOpenTelemetry))]
    public Task SetUpOpenTelemetry()
    {
        SetUp();
        _spans = Spans.Record(others: "Openlayer.Interception");
        return WarmUp.RunAsync(UseOpenTelemetry);
    }

    [GlobalSetup(Target = nameof(TracedWithSpan))]
    public Task SetUpTracedWithSpan()
    {
        SetUp();
        _spans = Spans.Record(others: "Openlayer.Interception");
        return WarmUp.RunAsync(TracedWithSpan);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _container.Dispose();
        _spans?.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public Task Bare() => SendAsync(_bare);

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task UseOpenTelemetry()
    {
        using var root = Spans.Source.StartActivity("root");
        await SendAsync(_withSpans);
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task Traced()
    {
        using var root = _tracer.StartStep("root");
        await SendAsync(_traced);
    }

    /// <summary>While somebody listens to the spans.</summary>
    [Benchmark(OperationsPerInvoke = Requests)]
    public Task TracedWithSpan() => Traced();

    private void SetUp()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(static options =>
        {
            options.SendToOpenlayer = false;
            options.SpanContent = true;
            options.Publishers.Add(new CountingPublisher());
        });
        builder.RegisterInstance<IChatClient>(_bare).EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
        _tracer = _container.Resolve<OpenlayerTracer>();
        _traced = _container.Resolve<IChatClient>();
        _withSpans = _bare.AsBuilder().UseOpenTelemetry(sourceName: Spans.SourceName, configure: static client => client.EnableSensitiveData = true).Build();
        _messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "capital?")];
        var further = Request switch
        {
            ChatRequest.FortyMessages => 38,
            ChatRequest.TwoHundredMessages => 198,
            _ => 0,
        };
        _messages.AddRange(Enumerable.Range(0, further).Select(static number => new ChatMessage(
            number % 2 == 0 ? ChatRole.Assistant : ChatRole.User,
            $"This is message number {number} of a conversation, a sentence or two long, as people write them.")));
    }

    private async Task SendAsync(IChatClient client)
    {
        for (var request = 0; request < Requests; request++)
        {
            if (Request != ChatRequest.Stream)
            {
                await client.GetResponseAsync(_messages, _options);
                continue;
            }

            await foreach (var _ in client.GetStreamingResponseAsync(_messages, _options))
            {
            }
        }
    }

    /// <summary>Answers immediately, so that only the layers around it are measured.</summary>
    private sealed class AnsweringChatClient : IChatClient
    {
        private readonly ChatResponse _response = new(new ChatMessage(ChatRole.Assistant, "Paris"))
        {
            ModelId = "gpt-4o-mini",
            ResponseId = "1",
            Usage = Usage(),
        };

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(_response);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (var piece = 0; piece < Pieces; piece++)
            {
                yield return new ChatResponseUpdate(ChatRole.Assistant, "piece ") { ModelId = "gpt-4o-mini", ResponseId = "1", MessageId = "1" };
            }

            await Task.CompletedTask;
            yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(Usage())])
            {
                ModelId = "gpt-4o-mini",
                ResponseId = "1",
                FinishReason = ChatFinishReason.Stop,
            };
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }

        private static UsageDetails Usage() => new() { InputTokenCount = 20, OutputTokenCount = 10, TotalTokenCount = 30 };
    }
}
