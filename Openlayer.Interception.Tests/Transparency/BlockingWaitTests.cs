namespace Openlayer.Interception.Tests.Transparency;

public sealed class BlockingWaitTests : IDisposable
{
    private readonly ProxiedServices _services = ProxiedServices.Of<BlockingService, IBlockingService>();

    public static TheoryData<string> Calls => [.. Ways.Keys];

    private static Dictionary<string, Func<IBlockingService, int>> Ways { get; } = new()
    {
        ["a method that awaits without the context"] = static service => service.WithoutContextAsync().Result,
        ["a value task of such a method"] = static service => service.ValueWithoutContextAsync().AsTask().Result,
        ["work on the pool"] = static service => service.OnThePoolAsync().Result,
        ["work on the context, which the wait runs itself"] = static service => service.OnTheContextAsync().Result,
        ["the same, by its awaiter"] = static service => service.OnTheContextAsync().GetAwaiter().GetResult(),
    };

    public void Dispose() => _services.Dispose();

    [Theory]
    [MemberData(nameof(Calls))]
    public void Blocking_on_a_call_deadlocks_only_where_it_would_without_the_proxy(string call)
    {
        Assert.Equal(1, OnTheOnlyThread(() => Ways[call](new BlockingService())));
        Assert.Equal(1, OnTheOnlyThread(() => Ways[call](_services.Resolve<IBlockingService>())));
    }

    private static int OnTheOnlyThread(Func<int> block)
    {
        var result = 0;
        var thread = new Thread(() =>
        {
            SynchronizationContext.SetSynchronizationContext(new PumpedContext());
            result = block();
        })
        {
            IsBackground = true,
        };
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "The thread waits for itself.");
        return result;
    }
}
