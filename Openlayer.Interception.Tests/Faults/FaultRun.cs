using System.Diagnostics;
using Autofac;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>An application, its server and its buffer's folder, by the real clock.</summary>
internal sealed class FaultRun : IAsyncDisposable
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly Action<OpenlayerOptions>? _configure;
    private readonly bool _hasBuffer;
    private readonly List<DeliveryMeter> _meters = [];
    private IContainer? _container;
    private int _reported;

    public FaultRun(bool hasBuffer, Action<OpenlayerOptions>? configure = null, bool isSecure = false)
    {
        _hasBuffer = hasBuffer;
        _configure = configure;
        Server = new FaultServer(isSecure);
        Start();
    }

    public FaultServer Server { get; }

    public RecordedLog Log { get; } = new();

    public OpenlayerTracer Tracer => _container!.Resolve<OpenlayerTracer>();

    public DeliveryMeter Meter => _meters[^1];

    public string Folder => _folder.Path;

    public void Complete(int count, string name = "trace")
    {
        for (var trace = 0; trace < count; trace++)
        {
            using var scope = Tracer.StartStep(name);
            scope.Step.Output = "an answer";
        }
    }

    public Task FlushAsync() => Tracer.FlushAsync().WaitAsync(HungAfter);

    public async Task UntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, $"The condition did not become true: {LedgerOf("")}");
        }
    }

    /// <summary>The end of the application, and what has become of its traces.</summary>
    public async Task<Ledger> EndAsync(string fault)
    {
        await _container!.DisposeAsync().AsTask().WaitAsync(HungAfter);
        return LedgerOf(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await _container!.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private Ledger LedgerOf(string fault) => new(
        fault,
        _meters.Sum(static meter => meter.Completed.Count),
        _meters.Sum(static meter => meter.Sent.Count),
        _folder.Rows.Length,
        _reported,
        _meters.Sum(static meter => meter.Dropped.Count),
        Server.Acknowledged.Count,
        Server.Acknowledged.Values.Count(static times => times > 1));

    private void Start()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = true;
            options.BaseUrl = Server.Address;
            options.ApiKey = "test-key";
            options.InferencePipelineId = "pipe-1";
            options.LoggerFactory = Log;
            options.BatchDelay = TimeSpan.FromMilliseconds(50);
            options.CircuitBreakDuration = TimeSpan.FromSeconds(0.5);

            // On a busy machine an answer can be slow. Rows whose answer is too late are sent twice.
            options.RequestTimeout = TimeSpan.FromMinutes(2);
            options.ShutdownTimeout = TimeSpan.FromMinutes(2);
            options.MaxTries = 3;
            options.OfflineBuffer.Enabled = _hasBuffer;
            options.OfflineBuffer.Path = _folder.Path;
            options.OnFlushFailure = _ => Interlocked.Increment(ref _reported);
            _configure?.Invoke(options);
        });
        _container = builder.Build();
        _meters.Add(Tracer.Sink.Openlayer!.Meter);
    }
}
