using Castle.DynamicProxy;
using Openlayer.Interception.Tests.Publishing.Buffer;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Tracing;

/// <summary>Tracers that meet in one execution context keep their steps, sessions and rows apart.</summary>
public sealed class SeveralTracersTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly InMemoryTracePublisher _firstTraces = new();
    private readonly InMemoryTracePublisher _secondTraces = new();
    private readonly OpenlayerTracer _first;
    private readonly OpenlayerTracer _second;
    private readonly IWork _a;
    private readonly IWork _b;

    public SeveralTracersTests()
    {
        _first = Create(_firstTraces, "pipe-1");
        _second = Create(_secondTraces, "pipe-2");
        _a = _first.Intercept<IWork>(new Work());
        _b = _second.Intercept<IWork>(new Work());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => default;

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Calls_nested_across_tracers_nest_within_each_tracer_only()
    {
        await _a.DoAsync("a1", async () =>
        {
            await Task.Yield();
            await _b.DoAsync("b1", async () =>
            {
                await _a.DoAsync("a2", () => _b.DoAsync("b2", static async () => await Task.Yield()));
                _a.Do("a3");
                Assert.Equal(("a1", "b1"), (Tree.Label(_first.CurrentStep!), Tree.Label(_second.CurrentStep!)));
            });
            _b.Do("b3");
        });

        await AssertTreesAsync("a1(a2, a3)", "b1(b2); b3");
    }

    [Fact]
    public async Task Streams_and_manual_steps_of_two_tracers_nest_within_each_tracer_only()
    {
        await foreach (var item in _a.Stream("a", () => Produce(_b, "in the stream")))
        {
            using var scope = _second.StartStep($"item {item}");
            _a.Do($"a{item}");
            _b.Do($"b{item}");
        }

        await AssertTreesAsync("a1; a2; a", "in the stream; item 1(b1); in the stream; item 2(b2)");
    }

    [Fact]
    public async Task Parallel_calls_of_one_method_under_two_tracers_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(0, 200).Select(request => Task.Run(
            () => (request % 2 == 0 ? _a : _b).DoAsync($"{request}", async () =>
            {
                await Task.Yield();
                _a.Do($"a{request}");
                _b.Do($"b{request}");
            }),
            Token)));

        await FlushAsync();
        Assert.Equal(200, _firstTraces.Traces.Count);
        Assert.Equal(100, _firstTraces.Traces.Count(static trace => trace.Root.Steps.Count == 1));
        Assert.Equal(200, _secondTraces.Traces.Count);
        Assert.Equal(100, _secondTraces.Traces.Count(static trace => trace.Root.Steps.Count == 1));
    }

    [Fact]
    public async Task Each_tracer_has_its_own_session()
    {
        using (_first.BeginSession("ann", "chat 1"))
        using (_second.BeginSession("bob", null))
        {
            _a.Do("a", () => _b.Do("b"));
        }

        await FlushAsync();
        Assert.Equal(("ann", "chat 1"), (_firstTraces.Traces[0].UserId, _firstTraces.Traces[0].SessionId));
        Assert.Equal(("bob", null), (_secondTraces.Traces[0].UserId, _secondTraces.Traces[0].SessionId));
    }

    [Fact]
    public async Task A_proxy_with_the_interceptors_of_two_tracers_is_a_step_of_each()
    {
        var work = new ProxyGenerator().CreateInterfaceProxyWithTarget<IWork>(new Work(), new OpenlayerInterceptor(_first), new OpenlayerInterceptor(_second));

        await work.DoAsync("both", async () =>
        {
            await Task.Yield();
            work.Do("inner");
        });

        await AssertTreesAsync("both(inner)", "both(inner)");
    }

    [Fact]
    public async Task What_one_tracer_does_not_record_the_other_does()
    {
        await using var off = new OpenlayerTracer(new OpenlayerOptions { SendToOpenlayer = false, SamplingRate = 0 });
        var silent = off.Intercept<IWork>(new Work());

        silent.Do("silent", () => _a.Do("a", () => silent.Do("silent", () => _a.Do("inner"))));

        await AssertTreesAsync("a(inner)", "");
    }

    [Fact]
    public async Task A_tracer_that_is_disposed_leaves_the_other_open()
    {
        await _a.DoAsync("a", async () =>
        {
            await _second.DisposeAsync();
            _b.Do("off");
            _a.Do("inner");
        });

        await _first.FlushAsync(Token);
        Assert.Equal("a(inner)", Tree.Of(Assert.Single(_firstTraces.Traces).Root));
    }

    [Fact]
    public async Task Tracers_that_share_a_folder_see_the_rows_of_their_own_pipeline()
    {
        await using var first = Create(new(), "pipe-1", new Uri("http://127.0.0.1:1"));
        await using var second = Create(new(), "pipe-2", new Uri("http://127.0.0.1:1"));
        first.StartStep("a").Dispose();
        first.StartStep("a").Dispose();
        second.StartStep("b").Dispose();
        await Task.WhenAll(first.FlushAsync(Token), second.FlushAsync(Token));

        Assert.Equal(3, _folder.Rows.Length);
        Assert.Equal(2, (await first.Buffer.GetStatusAsync(Token)).Count);
        Assert.Equal(1, (await second.Buffer.GetStatusAsync(Token)).Count);
    }

    private static async IAsyncEnumerable<int> Produce(IWork work, string name)
    {
        work.Do(name);
        yield return 1;
        await Task.Yield();
        work.Do(name);
        yield return 2;
    }

    private OpenlayerTracer Create(InMemoryTracePublisher publisher, string pipelineId, Uri? server = null)
    {
        var options = new OpenlayerOptions { SendToOpenlayer = server is not null, ApiKey = "key", InferencePipelineId = pipelineId, MaxTries = 1 };
        options.BaseUrl = server ?? options.BaseUrl;
        options.Publishers.Add(publisher);
        options.OfflineBuffer.Enabled = true;
        options.OfflineBuffer.Path = _folder.Path;
        return new OpenlayerTracer(options);
    }

    private Task FlushAsync() => Task.WhenAll(_first.FlushAsync(Token), _second.FlushAsync(Token));

    private async Task AssertTreesAsync(string first, string second)
    {
        await FlushAsync();
        Assert.Equal(first, string.Join("; ", _firstTraces.Traces.Select(static trace => Tree.Of(trace.Root))));
        Assert.Equal(second, string.Join("; ", _secondTraces.Traces.Select(static trace => Tree.Of(trace.Root))));
    }
}
