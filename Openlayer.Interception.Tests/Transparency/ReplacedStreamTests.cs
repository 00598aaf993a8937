namespace Openlayer.Interception.Tests.Transparency;

public sealed class ReplacedStreamTests : IDisposable
{
    private readonly ProxiedServices _services = ProxiedServices.Of<StreamService, IStreamService>();

    private IStreamService Service => _services.Resolve<IStreamService>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_stream_declared_as_a_class_is_not_replaced_by_what_is_none()
    {
        var items = await Service.Plain().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1], items);
    }

    [Fact]
    public void A_stream_with_a_finalizer_is_not_replaced_by_one_that_has_nothing_to_free() =>
        Assert.IsType<FinalizedStream>(Service.Finalized());

    [Fact]
    public void A_stream_that_looks_into_others_still_finds_what_they_hold() =>
        Assert.True(Service.Comparable(1, 2).HasTheItemsOf(Service.Comparable(1, 2)));

    [Fact]
    public async Task A_services_own_task_of_a_stream_stays_its_own()
    {
        var task = Service.InOwnTask();
        Assert.True(task is OwnTask<IAsyncEnumerable<int>>);
        Assert.Equal([1], await (await task).ToListAsync(TestContext.Current.CancellationToken));
    }
}
