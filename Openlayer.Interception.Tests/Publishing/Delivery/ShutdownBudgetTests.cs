using System.Diagnostics;
using Openlayer.Interception.Tests.Faults;

namespace Openlayer.Interception.Tests.Publishing.Delivery;

/// <summary>Disposing takes no longer than <see cref="OpenlayerOptions.ShutdownTimeout"/>, and accounts for every row. By the real clock.</summary>
[Collection(typeof(RealClock))]
public sealed class ShutdownBudgetTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    // A busy machine takes its time.
    private static readonly TimeSpan Longest = Budget + TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_hangs_costs_the_shutdown_timeout_and_every_trace_is_accounted_for(bool hasBuffer)
    {
        await using var run = await DeliveryRun.StartAsync(
            static async (context, _) =>
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                return false;
            },
            hasBuffer,
            static options =>
            {
                options.TimeProvider = TimeProvider.System;
                options.ShutdownTimeout = Budget;
            });
        run.Complete(20);

        var took = Stopwatch.StartNew();
        var ledger = await run.EndAsync("hangs");

        Assert.InRange(took.Elapsed, Budget * 0.9, Longest);
        Assert.Equal(hasBuffer ? (20, 0) : (0, 20), (ledger.Buffered, ledger.Reported));
        ledger.AssertBalanced();
        Assert.Equal(!hasBuffer, run.Log.Messages.Any(static message => message.Contains("20", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("handler")]
    [InlineData("client")]
    public async Task A_transport_that_blocks_its_thread_costs_the_shutdown_timeout_and_every_trace_is_accounted_for(string what)
    {
        using var release = new ManualResetEventSlim();
        using var handler = new BlockingHandler(release);
        using var client = new HttpClient();
        try
        {
            await using var run = await DeliveryRun.StartAsync(configure: options =>
            {
                options.TimeProvider = TimeProvider.System;
                options.ShutdownTimeout = Budget;
                options.BatchDelay = TimeSpan.Zero;
                if (what == "handler")
                {
                    options.HttpMessageHandler = handler;
                }
                else
                {
                    options.CreateHttpClient = () =>
                    {
                        release.Wait();
                        return client;
                    };
                }
            });
            run.Complete(120);

            var took = Stopwatch.StartNew();
            var ledger = await run.EndAsync("blocks");

            Assert.InRange(took.Elapsed, TimeSpan.Zero, Longest);
            ledger.AssertBalanced();
            Assert.Equal(120, ledger.Reported);
        }
        finally
        {
            release.Set();
        }
    }

    [Fact]
    public async Task A_failure_callback_that_blocks_costs_the_shutdown_timeout_and_every_trace_is_accounted_for()
    {
        using var release = new ManualResetEventSlim();
        try
        {
            await using var run = await DeliveryRun.StartAsync(
                DeliveryRun.Answers(422, static _ => true),
                configure: options =>
                {
                    options.TimeProvider = TimeProvider.System;
                    options.ShutdownTimeout = Budget;
                    options.OnFlushFailure = _ => release.Wait();
                });
            run.Complete(120);

            var took = Stopwatch.StartNew();
            await run.EndAsync("blocks");

            Assert.InRange(took.Elapsed, TimeSpan.Zero, Longest);
            var meter = run.Application.Meter;
            Assert.Equal((120, 0), (meter.Failed.Count + meter.Dropped.Count, meter.Sent.Count));
        }
        finally
        {
            release.Set();
        }
    }

    private sealed class BlockingHandler(ManualResetEventSlim release) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            release.Wait(CancellationToken.None);
            throw new HttpRequestException();
        }
    }
}
