namespace Openlayer.Interception.Tests.Transparency;

public sealed class ReplacedStreamTests : IDisposable
{
    private readonly ProxiedServices _services = ProxiedServices.Of<StreamService, IStreamService>();

    private IStreamService Service => _services.Resolve<IStreamService>();

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_stream_declared_as_a_class_is_replaced_only_by_an_instance_of_it()
    {
        var items = await Service.Plain().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal([1], items);
    }

    [Fact]
    public void A_stream_with_a_finalizer_is_not_replaced() =>
        Assert.IsType<FinalizedStream>(Service.Finalized());

    [Fact]
    public void A_stream_that_reads_private_state_of_other_instances_still_works() =>
        Assert.True(Service.Comparable(1, 2).HasSameItemsAs(Service.Comparable(1, 2)));

    [Fact]
    public async Task A_custom_task_of_a_stream_is_returned_unchanged()
    {
        var task = Service.InOwnTask();
        Assert.True(task is OwnTask<IAsyncEnumerable<int>>);
        Assert.Equal([1], await (await task).ToListAsync(TestContext.Current.CancellationToken));
    }
}
