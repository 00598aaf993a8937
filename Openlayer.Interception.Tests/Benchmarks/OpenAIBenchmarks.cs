using System.ClientModel;
using System.ClientModel.Primitives;
using Autofac;
using Autofac.Extras.DynamicProxy;
using BenchmarkDotNet.Attributes;
using OpenAI;
using OpenAI.Chat;
using Openlayer.Interception.Benchmarks.Peers;
using Openlayer.Interception.Benchmarks.Services;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// A chat completion through the OpenAI library's own client, which answers without a network. Its own spans have neither messages nor answers,
/// and it has none for streams; a decorator records what this library does. Ten requests are made under each root.
/// </summary>
[MemoryDiagnoser]
public class OpenAIBenchmarks
{
    private const int Requests = 10;
    private const string Model = "gpt-4o-mini";
    private const string OwnSpans = "OpenAI.Experimental.EnableOpenTelemetry";

    private readonly ChatMessage[] _messages = [new SystemChatMessage("Be brief."), new UserChatMessage("capital?")];
    private readonly ChatCompletionOptions _options = new() { Temperature = 0.2f, MaxOutputTokenCount = 64 };
    private IContainer? _container;
    private TracerProvider? _spans;
    private OpenlayerTracer _tracer = null!;
    private ChatClient _client = null!;
    private SpanChatClient _decorator = null!;

    [Params(false, true)]
    public bool IsStream { get; set; }

    [GlobalSetup(Target = nameof(Bare))]
    public Task SetUp()
    {
        _client = CreateClient();
        return WarmUp.RunAsync(Bare);
    }

    [GlobalSetup(Target = nameof(Traced))]
    public Task SetUpTraced()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(static options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(new CountingPublisher());
        });
        builder.RegisterType<ChatClient>()
            .WithParameter("model", Model)
            .WithParameter("credential", new ApiKeyCredential("key"))
            .WithParameter("options", Answering())
            .EnableClassInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        _container = builder.Build();
        _tracer = _container.Resolve<OpenlayerTracer>();
        _client = _container.Resolve<ChatClient>();
        return WarmUp.RunAsync(Traced);
    }

    [GlobalSetup(Target = nameof(WithOwnSpans))]
    public Task SetUpOwnSpans()
    {
        AppContext.SetSwitch(OwnSpans, true);
        _client = CreateClient();
        AppContext.SetSwitch(OwnSpans, false);
        _spans = Spans.Record(others: "OpenAI.*");
        return WarmUp.RunAsync(WithOwnSpans);
    }

    [GlobalSetup(Target = nameof(Decorated))]
    public Task SetUpDecorated()
    {
        _decorator = new SpanChatClient(CreateClient());
        _spans = Spans.Record(others: "OpenAI.*");
        return WarmUp.RunAsync(Decorated);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _container?.Dispose();
        _spans?.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Requests)]
    public Task Bare() => SendAsync();

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task WithOwnSpans()
    {
        using var root = Spans.Source.StartActivity("root");
        await SendAsync();
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task Decorated()
    {
        using var root = Spans.Source.StartActivity("root");
        for (var request = 0; request < Requests; request++)
        {
            if (!IsStream)
            {
                await _decorator.CompleteChatAsync(_messages, _options);
                continue;
            }

            await foreach (var _ in _decorator.CompleteChatStreamingAsync(_messages, _options))
            {
            }
        }
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public async Task Traced()
    {
        using var root = _tracer.StartStep("root");
        await SendAsync();
    }

    private async Task SendAsync()
    {
        for (var request = 0; request < Requests; request++)
        {
            if (!IsStream)
            {
                await _client.CompleteChatAsync(_messages, _options);
                continue;
            }

            await foreach (var _ in _client.CompleteChatStreamingAsync(_messages, _options))
            {
            }
        }
    }

    private ChatClient CreateClient() => new(Model, new ApiKeyCredential("key"), Answering());

    private OpenAIClientOptions Answering() => new() { Transport = new HttpClientPipelineTransport(new HttpClient(new AnsweringHandler(IsStream))) };
}
