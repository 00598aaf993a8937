using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>
/// Two traced services as processes, of which the one that answers questions calls the one that finds passages. Their spans go to the Aspire
/// dashboard, their rows to a server that stands in for Openlayer.
/// </summary>
internal sealed class TwoServices : IAsyncDisposable
{
    private readonly HttpClient _client = new();
    private readonly List<ServiceProcess> _services = [];

    private TwoServices(AspireDashboard dashboard, OpenlayerServer openlayer) => (Dashboard, Openlayer) = (dashboard, openlayer);

    public AspireDashboard Dashboard { get; }

    public OpenlayerServer Openlayer { get; }

    /// <summary>Starts them. Skips the test where the dashboard's program cannot run.</summary>
    public static async Task<TwoServices> StartAsync(CancellationToken cancellationToken)
    {
        Assert.SkipUnless(AspireDashboard.CanRun, "The program of the Aspire dashboard that the tests start is for Linux on x64.");
        var started = new TwoServices(new AspireDashboard(), await OpenlayerServer.StartAsync());
        try
        {
            var search = await started.StartServiceAsync("search", null, cancellationToken);
            started._client.BaseAddress = await started.StartServiceAsync("answers", search, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public Task<string> AskAsync(string question, CancellationToken cancellationToken) =>
        _client.GetStringAsync(new Uri($"answers?question={Uri.EscapeDataString(question)}", UriKind.Relative), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _services.ForEach(static service => service.Dispose());
        Dashboard.Dispose();
        await Openlayer.DisposeAsync();
    }

    private async Task<Uri> StartServiceAsync(string name, Uri? search, CancellationToken cancellationToken)
    {
        var service = new ServiceProcess(name, await Dashboard.Receiver.WaitAsync(cancellationToken), Openlayer.Address, search);
        _services.Add(service);
        return await service.Address.WaitAsync(cancellationToken);
    }
}
