using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>Traces of a root and nine calls, and the server on loopback that they are sent to, if they are.</summary>
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

    /// <summary>Completes traces in bursts, each of which has arrived before the next begins.</summary>
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
