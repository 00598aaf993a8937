using System.Diagnostics;
using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>Real processes that end while traces are queued: by a signal, an exit or an unhandled exception, or in a host.</summary>
[Collection(typeof(RealClock))]
public sealed class ProcessLifetimeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Count = 25;

    // 128 plus the number of the signal.
    private const int EndedBySIGABRT = 134;
    private const int EndedBySIGTERM = 143;

    private static readonly TimeSpan HungAfter = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder _folder = new();
    private readonly FaultServer _server = new();

    public static TheoryData<string, int> Signals => new() { { "TERM", 143 }, { "INT", 130 }, { "HUP", 129 }, { "QUIT", 131 } };

    public static TheoryData<string, int> Ends => new()
    {
        { "throw", EndedBySIGABRT }, { "throw-on-thread", EndedBySIGABRT }, { "exit", 3 }, { "return", 0 }, { "late-exit-handler", 0 },
    };

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public async Task A_signal_ends_the_process_as_usual_after_traces_are_sent_and_published(string signal, int exitCode)
    {
        IgnoredSignals.SkipTestOf(signal);
        using var host = Start("no-buffer", "lines", "stay");
        await SignalAsync(host, signal);

        Assert.Equal(exitCode, host.ExitCode);
        Assert.Equal(Count, _server.Acknowledged.Count);
        Assert.Equal(Count, (await File.ReadAllLinesAsync(Path.Combine(_folder.Path, "lines.jsonl"), TestContext.Current.CancellationToken)).Length);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_process_that_exits_keeps_its_exit_code_and_sends_its_traces(string mode, int exitCode)
    {
        using var host = Start("no-buffer", mode);
        await EndAsync(host);

        Assert.Equal(exitCode, host.ExitCode);
        Assert.Equal(host.Completed.Count, _server.Acknowledged.Count);
        Assert.Equal(mode == "late-exit-handler" ? Count + 1 : Count, host.Completed.Count);
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public async Task A_signal_while_the_server_hangs_leaves_the_traces_on_disk_within_five_seconds(string signal, int exitCode)
    {
        IgnoredSignals.SkipTestOf(signal);
        Hang();
        using var host = Start("stay");
        var took = await SignalAsync(host, signal);

        Assert.Equal(exitCode, host.ExitCode);
        Assert.Equal(Count, OnDisk);
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_process_that_exits_while_the_server_hangs_leaves_the_traces_on_disk(string mode, int exitCode)
    {
        Hang();
        using var host = Start(mode);
        await EndAsync(host);

        Assert.Equal(exitCode, host.ExitCode);
        Assert.Equal(host.Completed.Count, OnDisk);
    }

    [Fact]
    public async Task A_signal_while_the_server_hangs_without_a_buffer_logs_the_number_of_lost_traces()
    {
        Hang();
        using var host = Start("no-buffer", "short-shutdown", "stay");
        var took = await SignalAsync(host, "TERM");

        Assert.Equal(EndedBySIGTERM, host.ExitCode);
        Assert.Contains(host.Lines, static line => line.Text.StartsWith($"log: {Count} completed traces are not acknowledged", StringComparison.Ordinal));
        Assert.InRange(took, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_second_signal_ends_the_process_immediately()
    {
        IgnoredSignals.SkipTestOf("INT");
        Hang();
        using var host = Start("no-buffer", "stay");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var took = Stopwatch.StartNew();
        host.Signal("INT");
        await Task.Delay(TimeSpan.FromSeconds(0.5), TestContext.Current.CancellationToken);
        host.Signal("TERM");
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);

        Assert.Equal(EndedBySIGTERM, host.ExitCode);
        Assert.InRange(took.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public async Task A_signal_that_a_handler_cancels_is_not_delayed_and_closes_nothing()
    {
        Hang();
        using var host = Start("no-buffer", "cancel-newer", "stay");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        host.Terminate();
        await EndAsync(host);

        Assert.Equal(0, host.ExitCode);
        Assert.Contains(host.Lines, static line => line.Text == "newer handler");

        // Draining the queue would log this.
        Assert.DoesNotContain(host.Lines, static line => line.Text.Contains("are not acknowledged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signal_that_an_older_handler_cancels_closes_nothing()
    {
        using var host = Start("no-buffer", "cancel-older", "stay");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        host.Terminate();
        await EndAsync(host);

        Assert.Equal(0, host.ExitCode);
        Assert.Contains(host.Lines, static line => line.Text == "older handler");
        Assert.Equal(Count, _server.Acknowledged.Count);
        Assert.Contains(host.Lines, static line => line.Text == "ended");
    }

    [Fact]
    public async Task A_host_stops_immediately_and_exits_after_the_shutdown_timeout_with_every_trace_accounted_for()
    {
        Hang();
        using var host = Start("no-buffer", "short-shutdown", "host");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var at = DateTimeOffset.UtcNow;
        var took = await SignalAsync(host, "TERM");

        var stopping = Assert.Single(host.Lines, static line => line.Text == "stopping").At - at;
        output.WriteLine($"Stopping after {stopping.TotalSeconds:F2} s, ended after {took.TotalSeconds:F2} s.");
        output.WriteLine(string.Join(Environment.NewLine, host.Lines.Select(static line => line.Text)));
        Assert.Equal(0, host.ExitCode);
        Assert.InRange(stopping, TimeSpan.Zero, TimeSpan.FromSeconds(0.7));
        Assert.InRange(took, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(3));
        Assert.Contains(host.Lines, static line => line.Text.StartsWith("log:", StringComparison.Ordinal));
        Assert.Equal(Count, host.Lines.Count(static line => line.Text.StartsWith("failed ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_worker_service_stops_immediately_and_in_order_with_every_trace_accounted_for(bool hangs)
    {
        IgnoredSignals.SkipTestOf("TERM");
        if (hangs)
        {
            Hang();
        }

        using var host = Start("no-buffer", "short-shutdown", "worker");
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var at = DateTimeOffset.UtcNow;
        await SignalAsync(host, "TERM");

        var lines = host.Lines.Where(static line => line.Text is "stopping" or "worker stopped" or "ended").ToArray();
        Assert.Equal(0, host.ExitCode);
        Assert.Equal(["stopping", "worker stopped", "ended"], lines.Select(static line => line.Text));
        Assert.InRange(lines[0].At - at, TimeSpan.Zero, TimeSpan.FromSeconds(0.7));
        Assert.Equal(Count + 1, host.Completed.Count);
        Assert.Equal(hangs ? (0, Count + 1) : (Count + 1, 0), (_server.Acknowledged.Count, host.Lines.Count(static line => line.Text.StartsWith("failed ", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("return", 0)]
    [InlineData("exit", 3)]
    [InlineData("stay", EndedBySIGTERM)]
    public async Task A_program_with_a_service_collection_and_no_host_sends_its_traces_when_it_ends(string mode, int exitCode)
    {
        using var host = Start("no-buffer", "collection", mode);
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        if (mode == "stay")
        {
            IgnoredSignals.SkipTestOf("TERM");
            host.Terminate();
        }

        await EndAsync(host);

        Assert.Equal(exitCode, host.ExitCode);
        Assert.Equal(Count, _server.Acknowledged.Count);
    }

    [Fact]
    public async Task A_process_does_not_load_the_assemblies_of_types_that_a_capture_knows_but_has_not_met()
    {
        using var host = Start("no-buffer", "assemblies");
        await EndAsync(host);

        var loaded = Assert.Single(host.Lines, static line => line.Text.StartsWith("loaded ", StringComparison.Ordinal)).Text.Split(' ');
        Assert.Contains("Openlayer.Interception", loaded);
        Assert.DoesNotContain(
            loaded,
            static name => name is "System.Private.Xml" or "System.Private.Xml.Linq" or "System.Data.Common" or "System.Drawing.Primitives" or "System.Net.Mail"
                or "System.Net.NetworkInformation" or "System.IO.FileSystem.DriveInfo");
    }

    private int OnDisk => Directory.GetFiles(_folder.Path, "trace_*.json", SearchOption.AllDirectories).Length;

    private TestHost Start(params string[] modes) => new(_server.Address, _folder.Path, Count, 0, modes);

    private void Hang() => _server.Fault = static async (context, _) =>
    {
        await Task.Delay(Timeout.Infinite, context.RequestAborted);
        return false;
    };

    private static async Task EndAsync(TestHost host)
    {
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);
    }

    private async Task<TimeSpan> SignalAsync(TestHost host, string signal)
    {
        await host.AllCompleted.WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        var took = Stopwatch.StartNew();
        host.Signal(signal);
        await host.ExitAsync().WaitAsync(HungAfter, TestContext.Current.CancellationToken);
        output.WriteLine($"SIG{signal}: ended after {took.Elapsed.TotalSeconds:F2} s.");
        return took.Elapsed;
    }
}
