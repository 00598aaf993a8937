using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>
/// An application with the default delivery options, its server and its buffer's folder, by the fake clock. Timeouts are longer than any wait
/// the clock advances to, so that a slow machine does not cut off a request; a test that needs one sets it and the real clock.
/// </summary>
internal sealed class DeliveryRun : IAsyncDisposable
{
    private static readonly TimeSpan NeverReached = TimeSpan.FromHours(4);

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<FlushFailure> _failures = new();

    private DeliveryRun(bool hasBuffer, Action<OpenlayerOptions>? configure)
    {
        Application = new TracedApplication(options =>
        {
            var defaults = new OpenlayerOptions();
            options.SendToOpenlayer = true;
            options.BaseUrl = Server.Address;
            options.ApiKey = "test-key";
            options.InferencePipelineId = "pipe-1";
            options.BatchDelay = defaults.BatchDelay;
            options.MaxTries = defaults.MaxTries;
            options.RequestTimeout = NeverReached;
            options.ShutdownTimeout = NeverReached;
            options.OfflineBuffer.Enabled = hasBuffer;
            options.OfflineBuffer.Path = _folder.Path;
            options.OnFlushFailure = _failures.Enqueue;
            configure?.Invoke(options);
        });
        Server.TimeProvider = Application.Time;
    }

    public FaultServer Server { get; } = new();

    public TracedApplication Application { get; }

    public OpenlayerTracer Tracer => Application.Tracer;

    public RecordedLog Log => Application.Log;

    /// <summary>The clock's time.</summary>
    public DateTimeOffset Now => Application.Time.GetUtcNow();

    /// <summary>The rows that were reported to <see cref="OpenlayerOptions.OnFlushFailure"/>.</summary>
    public IReadOnlyCollection<FlushFailure> Failures => _failures;

    /// <summary>The files in the buffer.</summary>
    public string[] Buffered => _folder.Rows;

    /// <summary>A run whose server does with each request as <paramref name="fault"/> says.</summary>
    public static async Task<DeliveryRun> StartAsync(
        Func<HttpContext, int, Task<bool>>? fault = null,
        bool hasBuffer = false,
        Action<OpenlayerOptions>? configure = null)
    {
        var run = new DeliveryRun(hasBuffer, configure);
        run.Server.Fault = fault ?? run.Server.Fault;
        await run.Server.StartAsync();
        return run;
    }

    /// <summary>A fault that answers a status while a condition on the request's number holds.</summary>
    public static Func<HttpContext, int, Task<bool>> Answers(int status, Func<int, bool> when) =>
        (context, number) => when(number) ? FaultServer.AnswerAsync(context, status) : Task.FromResult(true);

    public void Complete(int count, string name = "trace")
    {
        for (var trace = 0; trace < count; trace++)
        {
            Application.Trace(name);
        }
    }

    /// <summary>Flushes, and advances the clock until the flush completes.</summary>
    public Task FlushAsync() => Application.AdvanceUntilAsync(Tracer.FlushAsync());

    /// <summary>Disposes of the tracer, advances the clock until that completes, and returns what became of the traces.</summary>
    public async Task<Ledger> EndAsync(string fault = "")
    {
        await Application.AdvanceUntilAsync(Tracer.DisposeAsync().AsTask());
        return LedgerOf(fault);
    }

    /// <summary>Fails unless every trace is acknowledged, each once.</summary>
    public void AssertAllArrived(int count)
    {
        var ledger = LedgerOf("all arrive");
        ledger.AssertBalanced();
        Assert.True(ledger.Received == count, $"{ledger}\n{string.Join('\n', Log.Messages)}");
    }

    public async ValueTask DisposeAsync()
    {
        await Application.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private Ledger LedgerOf(string fault) => new(
        fault,
        Application.Meter.Completed.Count,
        Application.Meter.Sent.Count,
        _folder.Rows.Length,
        _failures.Count,
        Application.Meter.Dropped.Count,
        Server.Acknowledged.Count,
        Server.Acknowledged.Values.Count(static times => times > 1));
}
