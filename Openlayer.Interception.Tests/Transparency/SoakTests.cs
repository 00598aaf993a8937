using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Transparency;

[Collection(nameof(UndisturbedTests))]
public sealed class SoakTests(ITestOutputHelper output) : IDisposable
{
    private const int FewRequests = 20_000;
    private const int ManyRequests = 200_000;

    // There are 180,000 requests between the measurements. Retaining 24 bytes for each would exceed this.
    private const long AllowedGrowth = 4 * 1024 * 1024;

    private readonly CountingPublisher _publisher = new();
    private ProxiedServices? _services;

    private ProxiedServices Services => _services ??= new(
        static builder =>
        {
            ProxiedServices.Proxy<RequestService, IRequestService>(builder);
            ProxiedServices.Proxy<PieceService, IPieceService>(builder);
        },
        options =>
        {
            options.MaxQueueLength = ManyRequests;
            options.Publishers.Add(_publisher);
        });

    public void Dispose() => _services?.Dispose();

    [Fact]
    public async Task Many_parallel_requests_retain_no_memory()
    {
        await HandleAsync(0, FewRequests);
        await CollectAsync();
        var afterFew = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal(FewRequests, _publisher.Traces);

        await HandleAsync(FewRequests, ManyRequests);
        await CollectAsync();
        var afterMany = GC.GetTotalMemory(forceFullCollection: true);

        output.WriteLine($"{afterFew:N0} bytes after {FewRequests:N0} requests, {afterMany:N0} bytes after {ManyRequests:N0}.");
        Assert.Equal(ManyRequests, _publisher.Traces);
        Assert.Equal(0, _publisher.OpenRoots);
        Assert.Null(Services.Tracer.CurrentStep);
        Assert.InRange(afterMany, 0, afterFew + AllowedGrowth);
    }

    private Task HandleAsync(int from, int to) => Parallel.ForEachAsync(
        Enumerable.Range(from, to - from),
        new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
        async (request, _) =>
        {
            try
            {
                await HandleAsync(Services.Resolve<IRequestService>(), request);
            }
            catch (TargetException)
            {
            }

            Assert.Null(Services.Tracer.CurrentStep);
        });

    private static async Task HandleAsync(IRequestService service, int request)
    {
        switch (request % 3)
        {
            case 0:
                await service.HandleAsync(request);
                break;
            case 1 when request % 100 == 1:
                Drop(service, request);
                break;
            default:
                await foreach (var _ in service.HandleStreamAsync(request))
                {
                    if (request % 7 == 0)
                    {
                        break;
                    }
                }

                break;
        }
    }

    // Never reads the stream. A separate method, so that no local of the caller keeps the stream alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(IRequestService service, int request) => _ = service.HandleStreamAsync(request);

    private async Task CollectAsync()
    {
        for (var round = 0; round < 5; round++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        await Services.Tracer.FlushAsync(TestContext.Current.CancellationToken);
    }
}
