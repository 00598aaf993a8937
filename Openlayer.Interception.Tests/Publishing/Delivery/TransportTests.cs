using System.Diagnostics.Metrics;
using System.Net;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

public sealed class TransportTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public interface IStamp
    {
        string Stamp();
    }

    [Fact]
    public async Task Custom_headers_are_sent_and_win()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options =>
            {
                options.CustomHeaders["X-Tenant"] = "acme";
                options.CustomHeaders["Authorization"] = "Basic abc";
                options.CustomHeaders["Content-Language"] = "de";
            },
            server);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        var headers = (await server.NextAsync()).Headers;
        Assert.Equal("acme", headers["X-Tenant"]);
        Assert.Equal("Basic abc", headers.Authorization);
        Assert.Equal("de", headers.ContentLanguage);
    }

    [Fact]
    public async Task Requests_take_the_proxy()
    {
        await using var proxy = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            options =>
            {
                options.BaseUrl = new Uri("http://openlayer.invalid/v1");
                options.Proxy = new WebProxy(proxy.Address);
            },
            proxy);

        app.Trace("trace");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal("http://openlayer.invalid/v1/inference-pipelines/pipe-1/data-stream", (await proxy.NextAsync()).Target);
        Assert.Equal(1, app.Meter.Sent.Count);
    }

    [Theory]
    [InlineData("handler")]
    [InlineData("client")]
    [InlineData("factory")]
    public async Task The_users_handler_is_used_is_not_disposed_and_what_it_calls_in_traced_services_makes_no_traces(string way)
    {
        await using var server = await OpenlayerServer.StartAsync();
        using var handler = new StampingHandler();
        using var client = new HttpClient(handler, disposeHandler: false);
        var services = new ServiceCollection();
        services.AddHttpClient("openlayer").ConfigurePrimaryHttpMessageHandler(() => handler);
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        var published = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.RegisterType<Stamper>().As<IStamp>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = true;
            options.BaseUrl = new Uri(server.Address);
            options.ApiKey = "test-key";
            options.InferencePipelineId = "pipe-1";
            options.Publishers.Add(published);
            options.HttpMessageHandler = way == "handler" ? handler : null;
            options.CreateHttpClient = way switch
            {
                "client" => () => client,
                "factory" => () => factory.CreateClient("openlayer"),
                _ => null,
            };
        });
        await using (var container = builder.Build())
        {
            handler.Stamp = container.Resolve<IStamp>();
            container.Resolve<OpenlayerTracer>().StartStep("trace").Dispose();
            await container.Resolve<OpenlayerTracer>().FlushAsync(Token);
        }

        Assert.Equal("stamped", (await server.NextAsync()).Headers["X-Stamp"]);
        Assert.Equal(1, server.Count);
        Assert.Equal("trace", Assert.Single(published.Traces).Root.Name);
        Assert.False(handler.IsDisposed);
    }

    [Fact]
    public async Task A_traces_own_callback_is_called_in_place_of_the_options_and_what_it_throws_changes_nothing()
    {
        var calls = new List<string>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => Task.FromResult(server.Count <= 2 ? 422 : 200);
        await using var app = new TracedApplication(options => options.OnFlushFailure = _ => calls.Add("global"), server);

        using (app.Tracer.StartStep("own"))
        {
            app.Tracer.CurrentTrace!.OnFlushFailure = _ =>
            {
                calls.Add("own");
                throw new InvalidOperationException("a prompt");
            };
        }

        await app.Tracer.FlushAsync(Token);
        app.Trace("no own");
        await app.Tracer.FlushAsync(Token);
        app.Trace("good");
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(["own", "global"], calls);
        Assert.Equal((1, 2), (app.Meter.Sent.Count, app.Meter.Failed.Count));
        Assert.Single(app.Log.Messages, static message => message.Contains("OnFlushFailure failed", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Messages, static message => message.Contains("a prompt", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Over_its_bytes_the_queue_drops_the_oldest_counts_them_and_says_so_once_a_minute()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options =>
            {
                options.BatchDelay = TimeSpan.FromDays(1);
                options.MaxQueueBytes = 5_000;
                options.Publishers.Clear();
            },
            server);

        for (var trace = 0; trace < 20; trace++)
        {
            app.Trace("trace");
        }

        await TracedApplication.UntilAsync(() => app.Meter.Dropped.Count > 0 && app.Meter.Dropped.Count + app.QueueLength == 20);
        Assert.Contains("completed traces are lost: Openlayer had not acknowledged them", await app.Log.NextAsync(), StringComparison.Ordinal);
        await app.Tracer.FlushAsync(Token);

        Assert.Equal(20, app.Meter.Sent.Count + app.Meter.Dropped.Count);
        Assert.InRange((await server.NextAsync()).Body.Length, 1_000, 5_500);
    }

    [Fact]
    public async Task The_meter_shows_what_becomes_of_traces_by_name()
    {
        await using var server = await OpenlayerServer.StartAsync();
        using var folder = new TemporaryFolder();
        await using var app = new TracedApplication(
            options =>
            {
                options.OfflineBuffer.Enabled = true;
                options.OfflineBuffer.MaxFiles = 2;
                options.OfflineBuffer.Path = folder.Path;
            },
            server);
        using var seen = new SeenMeter(app.Meter);

        // Refused; then three that are buffered, of which the oldest goes; then one that is sent, and after it the two that are buffered.
        server.Answer = static _ => Task.FromResult(422);
        app.Trace("refused");
        await app.Tracer.FlushAsync(Token);
        server.Answer = static _ => Task.FromResult(503);
        for (var trace = 0; trace < 3; trace++)
        {
            app.Trace("buffered");
            await app.Tracer.FlushAsync(Token);
        }

        var held = new TaskCompletionSource<int>();
        server.Answer = _ => held.Task;
        var requests = server.Count;
        app.Trace("sent");
        await app.AdvanceUntilAsync(() => server.Count > requests);
        Assert.Equal(1, seen.Observe("openlayer.queue.length"));
        held.SetResult(200);
        await TracedApplication.UntilAsync(() => app.Meter.Replayed.Count == 2 && app.Meter.Sent.Count == 3);

        Assert.Equal("Openlayer.Interception", app.Meter.Source.Name);
        Assert.Equal(
            new Dictionary<string, double>
            {
                ["openlayer.traces.completed"] = 5,
                ["openlayer.traces.sent"] = 3,
                ["openlayer.traces.failed"] = 1,
                ["openlayer.traces.dropped"] = 1,
                ["openlayer.traces.buffered"] = 3,
                ["openlayer.traces.replayed"] = 2,
                ["openlayer.client.request.duration"] = 6,
            },
            seen.Sums);
        Assert.Equal(0, seen.Observe("openlayer.queue.length"));
        Assert.Equal(["200", "422 422", "503 503"], seen.Statuses);
    }

    [Fact]
    public async Task What_waits_is_no_more_than_the_length_of_the_queue_also_while_a_request_is_on_its_way()
    {
        var held = new TaskCompletionSource<int>();
        await using var server = await OpenlayerServer.StartAsync();
        server.Answer = _ => held.Task;
        await using var app = new TracedApplication(
            static options =>
            {
                options.MaxQueueLength = 10;
                options.MaxBatchLength = 4;
            },
            server);

        for (var trace = 0; trace < 4; trace++)
        {
            app.Trace("in a request");
        }

        await server.NextAsync();
        for (var trace = 0; trace < 30; trace++)
        {
            app.Trace("trace");
            await TracedApplication.UntilAsync(() => app.QueueLength <= 10);
        }

        held.SetResult(200);
        await app.Tracer.FlushAsync(Token);
        Assert.Equal(34, app.Meter.Sent.Count + app.Meter.Dropped.Count);
        Assert.InRange(app.Meter.Sent.Count, 1, 10);
    }

    [Fact]
    public async Task Without_verification_of_certificates_a_warning_says_what_that_means()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(static options => options.VerifySsl = false, server);

        Assert.Contains("Warning: The certificate of the Openlayer server is not verified", Assert.Single(app.Log.Messages), StringComparison.Ordinal);
    }

    private sealed class SeenMeter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, double> _sums = [];
        private readonly Dictionary<string, double> _observed = [];
        private readonly SortedSet<string> _statuses = new(StringComparer.Ordinal);
        private readonly object _gate = new();

        public SeenMeter(DeliveryMeter meter)
        {
            _listener.InstrumentPublished = (instrument, listening) =>
            {
                if (ReferenceEquals(instrument.Meter, meter.Source))
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument.Name, value));
            _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _observed[instrument.Name] = value);
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) =>
            {
                Add(instrument.Name, 1);
                var values = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => tag.Value);
                Assert.Equal("POST", values["http.request.method"]);
                lock (_gate)
                {
                    _statuses.Add($"{values["http.response.status_code"]} {values.GetValueOrDefault("error.type")}".Trim());
                }
            });
            _listener.Start();
        }

        public IReadOnlyDictionary<string, double> Sums => _sums;

        public IReadOnlyCollection<string> Statuses => _statuses;

        public double Observe(string name)
        {
            _listener.RecordObservableInstruments();
            return _observed[name];
        }

        public void Dispose() => _listener.Dispose();

        private void Add(string name, double value)
        {
            lock (_gate)
            {
                _sums[name] = _sums.GetValueOrDefault(name) + value;
            }
        }
    }

    public sealed class Stamper : IStamp
    {
        public string Stamp() => "stamped";
    }

    private sealed class StampingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        public IStamp? Stamp { get; set; }

        public bool IsDisposed { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            request.Headers.Add("X-Stamp", Stamp!.Stamp());
            return await base.SendAsync(request, cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
