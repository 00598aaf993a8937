using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>Completes traces of a root and nine calls, and optionally sends them to a server on loopback.</summary>
internal sealed class LoopbackDelivery : IDisposable
{
    private const int Calls = 9;

    private readonly DrainingServer _server = DrainingServer.Start();
    private readonly Bench _bench;

    public LoopbackDelivery(bool isSent) => _bench = new Bench(Variant.Traced, deliver: options =>
    {
        _server.Configure(options);
        options.SendToOpenlayer = isSent;
    });

    public void Complete(int traces) => _bench.CallUnderRoots(traces, Calls);

    public Task FlushAsync() => _bench.FlushAsync();

    /// <summary>Completes traces in bursts. Each burst is delivered before the next one starts.</summary>
    public async Task DeliverAsync(int bursts, int traces)
    {
        for (var burst = 0; burst < bursts; burst++)
        {
            Complete(traces);
            await FlushAsync();
        }
    }

    public void Dispose()
    {
        _bench.Dispose();
        _server.Dispose();
    }
}
