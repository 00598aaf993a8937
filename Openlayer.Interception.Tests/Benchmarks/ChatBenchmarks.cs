using Autofac;
using Autofac.Extras.DynamicProxy;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Benchmarks.Peers;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// A non-streaming chat completion through <see cref="IChatClient"/>, compared with the spans of Microsoft.Extensions.AI. The spans of both
/// have the messages, and go to the same exporter.
/// </summary>
[MemoryDiagnoser]
public class ChatBenchmarks
{
    private readonly List<ChatMessage> _messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "capital?")];
    private readonly ChatOptions _options = new() { Temperature = 0.2f };
    private readonly AnsweringChatClient _bare = new AnsweringChatClient();
    private IContainer _container = null!;
    private TracerProvider? _spans;
    private IChatClient _traced = null!;
    private IChatClient _withSpans = null!;

    [GlobalSetup(Targets = [nameof(Bare), nameof(Traced)])]
    public void SetUp()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(static options =>
        {
            options.SendToOpenlayer = false;
            options.SpanContent = true;
        });
        builder.RegisterInstance<IChatClient>(_bare).EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
        _traced = _container.Resolve<IChatClient>();
        _withSpans = _bare.AsBuilder().UseOpenTelemetry(sourceName: Spans.SourceName, configure: static client => client.EnableSensitiveData = true).Build();
    }

    [GlobalSetup(Targets = [nameof(UseOpenTelemetry), nameof(TracedWithSpan)])]
    public void SetUpWithSpans()
    {
        SetUp();
        _spans = Sdk.CreateTracerProviderBuilder()
            .AddSource(Spans.SourceName, "Openlayer.Interception")
            .AddProcessor(new BatchActivityExportProcessor(new DroppingExporter()))
            .Build();
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _container.Dispose();
        _spans?.Dispose();
    }

    [Benchmark(Baseline = true)]
    public Task<ChatResponse> Bare() => _bare.GetResponseAsync(_messages, _options);

    [Benchmark]
    public Task<ChatResponse> UseOpenTelemetry() => _withSpans.GetResponseAsync(_messages, _options);

    [Benchmark]
    public Task<ChatResponse> Traced() => _traced.GetResponseAsync(_messages, _options);

    /// <summary>While somebody listens to the spans.</summary>
    [Benchmark]
    public Task<ChatResponse> TracedWithSpan() => _traced.GetResponseAsync(_messages, _options);

    /// <summary>Answers immediately, so that only the layers around it are measured.</summary>
    private sealed class AnsweringChatClient : IChatClient
    {
        private readonly ChatResponse _response = new(new ChatMessage(ChatRole.Assistant, "Paris"))
        {
            ModelId = "gpt-4o-mini",
            ResponseId = "1",
            Usage = new() { InputTokenCount = 20, OutputTokenCount = 10, TotalTokenCount = 30 },
        };

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(_response);

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages,
            ChatOptions? options = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
