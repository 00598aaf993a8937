using System.Diagnostics;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>How real processes end, and how several share a buffer.</summary>
[Collection(typeof(RealClock))]
public sealed class ProcessTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task SIGTERM_while_1000_traces_wait_leaves_them_on_disk_within_5_seconds()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await using var server = new FaultServer();
        server.Fault = static async (context, _) =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return false;
        };
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, 1_000, 0, "stay");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);

        var took = Stopwatch.StartNew();
        host.Terminate();
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);

        output.WriteLine($"SIGTERM: {took.Elapsed.TotalSeconds:F1} s. {Row("SIGTERM while 1,000 traces wait", host, server)}");

        // Five seconds, and what a busy machine takes to start "kill" and to see the process gone.
        Assert.InRange(took.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        Assert.Equal(1_000, host.Completed.Count);

        // Those that there was no time to move from what the process had written ahead are the next one's as well.
        Assert.Equal(1_000, Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("return")]
    [InlineData("exit")]
    [InlineData("throw")]
    [InlineData("throw-on-thread")]
    [InlineData("dispose")]
    [InlineData("stay", "TERM")]
    [InlineData("stay", "HUP")]
    public async Task A_process_that_ends_sends_the_trace_that_is_open(string mode, string? signal = null)
    {
        Assert.SkipWhen(signal is not null && OperatingSystem.IsWindows(), "There are no signals.");
        if (signal is not null)
        {
            IgnoredSignals.SkipTestOf(signal);
        }

        await using var server = new FaultServer();
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, 2, 0, "open", mode);
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        if (signal is not null)
        {
            host.Signal(signal);
        }

        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);

        var open = Assert.Single(host.Lines, static line => line.Text.StartsWith("open ", StringComparison.Ordinal)).Text["open ".Length..];
        Assert.Contains(open, server.Acknowledged.Keys);
        Assert.Equal(3, server.Acknowledged.Count);
    }

    [Fact]
    public async Task A_process_that_ends_without_disposing_has_sent_what_it_completed()
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, 250, 0);
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);

        output.WriteLine(Row("exit without dispose", host, server));
        Assert.Equal(250, server.Acknowledged.Count);
        Assert.Empty(_folder.Rows);
    }

    [Fact]
    public Task After_kill_9_with_write_ahead_only_what_was_completed_last_is_lost_and_nothing_is_sent_twice() =>
        KillAsync(TimeSpan.FromSeconds(2));

    [Fact(Explicit = true)]
    [Trait("Category", "Soak")]
    public Task After_kill_9_with_write_ahead_what_was_completed_50_ms_before_is_not_lost() => KillAsync(TimeSpan.FromMilliseconds(50));

    [Fact(Explicit = true)]
    [Trait("Category", "Soak")]
    public async Task Of_ten_processes_on_one_folder_and_a_flapping_server_each_row_is_acknowledged_once()
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        var isUp = true;
        server.Fault = (context, _) => Volatile.Read(ref isUp) ? Task.FromResult(true) : FaultServer.AnswerAsync(context, 503);
        var hosts = Enumerable.Range(0, 10).Select(_ => new TestHost(server.Address, _folder.Path, 500, 20, "stay")).ToArray();
        try
        {
            var all = Task.WhenAll(hosts.Select(static host => host.AllCompleted));
            while (!all.IsCompleted)
            {
                Volatile.Write(ref isUp, !Volatile.Read(ref isUp));
                await Task.WhenAny(all, Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken));
            }

            Volatile.Write(ref isUp, true);
            await UntilAsync(() => server.Acknowledged.Count == 5_000);
            foreach (var host in hosts)
            {
                host.Terminate();
                await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);
            }

            var twice = server.Acknowledged.Values.Count(static times => times > 1);
            output.WriteLine($"ten processes: {hosts.Sum(static host => host.Completed.Count)} completed, {server.Acknowledged.Count} acknowledged, {_folder.Rows.Length} buffered, {twice} twice, {server.Requests} requests.");
            Assert.Equal(0, twice);
            Assert.Empty(_folder.Rows);
        }
        finally
        {
            Array.ForEach(hosts, static host => host.Dispose());
        }
    }

    /// <param name="window">How long before its end the process may have completed what is lost.</param>
    private async Task KillAsync(TimeSpan window)
    {
        await using var server = new FaultServer();
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, 100_000, 1, "write-ahead");
        await UntilAsync(() => server.Acknowledged.Count >= 300);

        // Requests that are not answered are not acknowledged: what they hold is on disk alone. When the first has come, the one before
        // has been dealt with.
        var isHeld = new TaskCompletionSource();
        server.Fault = async (context, _) =>
        {
            isHeld.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return false;
        };
        await isHeld.Task.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var held = server.Acknowledged.Count;
        var completed = host.Completed.Count;
        await UntilAsync(() => host.Completed.Count > completed + 100);
        host.Kill();
        var killedAt = DateTimeOffset.UtcNow;
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var onDisk = Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories).Length;

        server.Fault = static (_, _) => Task.FromResult(true);
        using var next = new TestHost(server.Address, _folder.Path, 0, 0, "stay");
        await UntilAsync(() => Directory.GetFiles(_folder.Path, "trace_*.json*", SearchOption.AllDirectories).Length == 0);

        var lost = host.Completed.Where(trace => !server.Acknowledged.ContainsKey(trace.Id)).ToArray();
        var twice = server.Acknowledged.Values.Count(static times => times > 1);
        output.WriteLine($"kill -9: {host.Completed.Count} completed, {held} acknowledged before, {onDisk} on disk, {server.Acknowledged.Count} acknowledged in the end, {lost.Length} lost, {twice} twice.");
        Assert.All(lost, trace => Assert.True(trace.At > killedAt - window, $"Lost of {killedAt - trace.At} before."));
        Assert.Equal(0, twice);
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        for (var waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(PollInterval))
        {
            Assert.True(waited.Elapsed < HungAfter, "The condition did not become true.");
        }
    }

    private string Row(string fault, TestHost host, FaultServer server) =>
        $"{fault}: {host.Completed.Count} completed, {server.Acknowledged.Count} acknowledged, {_folder.Rows.Length} buffered.";
}
