namespace Openlayer.Interception.Tests.Publishing;

public sealed class InMemoryTracePublisherTests
{
    [Fact]
    public async Task It_keeps_traces_in_the_order_of_completion_returns_copies_and_can_be_cleared()
    {
        await using var app = new TracedApplication();
        app.Trace("1");
        app.Trace("2");
        await app.Tracer.FlushAsync(TestContext.Current.CancellationToken);

        var traces = app.Published.Traces;
        app.Published.Clear();

        Assert.Equal(["1", "2"], traces.Select(static trace => trace.Root.Name));
        Assert.Empty(app.Published.Traces);
    }
}
