using Openlayer.Interception.Tests.Faults;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A process that is frozen, as containers and laptops are, and continues. By the real clock.</summary>
[Collection(typeof(RealClock))]
public sealed class FrozenProcessTests(ITestOutputHelper output) : IDisposable
{
    private const int Count = 25;

    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    // Longer than the request timeout of the mode short-request-timeout.
    private static readonly TimeSpan Freeze = TimeSpan.FromSeconds(3);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_response_that_arrived_while_the_process_was_frozen_acknowledges_its_rows()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        var isReceived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isFrozen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new FaultServer();
        server.Fault = async (_, _) =>
        {
            isReceived.TrySetResult();
            await isFrozen.Task;
            return true;
        };
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, Count, 0, "stay", "no-buffer", "short-request-timeout");
        await host.AllCompleted.WaitAsync(HungAfter, Token);
        await isReceived.Task.WaitAsync(HungAfter, Token);

        host.Signal("STOP");
        isFrozen.SetResult();
        await Task.Delay(Freeze, Token);
        host.Signal("CONT");
        host.Terminate();
        await host.ExitAsync().WaitAsync(HungAfter, Token);

        output.WriteLine($"{server.Requests} requests, {server.Acknowledged.Count} acknowledged.");
        Assert.Equal(Count, server.Acknowledged.Count);
        Assert.All(server.Acknowledged.Values, static times => Assert.Equal(1, times));
    }

    [Fact]
    public async Task A_function_that_flushes_at_the_end_of_each_call_has_nothing_to_send_while_it_is_frozen()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await using var server = new FaultServer();
        await server.StartAsync();
        using var host = new TestHost(server.Address, _folder.Path, 0, 0, "no-buffer", "collection", "calls");

        for (var call = 1; call <= 5; call++)
        {
            host.Call();
            await TracedApplication.UntilAsync(() => host.Lines.Count(static line => line.Text == "answered") == call);
            host.Signal("STOP");
            Assert.Equal(call, server.Acknowledged.Count);
            host.Signal("CONT");
        }

        // The end of such a process.
        host.Kill();
        await host.ExitAsync().WaitAsync(HungAfter, Token);

        Assert.Equal(5, host.Completed.Count);
        Assert.All(host.Completed, trace => Assert.Equal(1, server.Acknowledged[trace.Id]));
    }
}
