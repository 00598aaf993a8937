using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests;

public sealed class OpenlayerTracerTests
{
    private readonly InMemoryTracePublisher _publisher = new();

    public interface IGreeter
    {
        string Greet(string name);
    }

    private interface IInvisible
    {
        void Do();
    }

    [Fact]
    public async Task A_service_that_injects_the_tracer_is_tested_without_a_container()
    {
        await using var tracer = Tracer();
        var greeter = tracer.Intercept<IGreeter>(new Greeter(tracer));

        Assert.Equal("Hello, Ada", greeter.Greet("Ada"));

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        var step = Assert.Single(_publisher.Traces).Root;
        Assert.Equal("IGreeter.Greet", step.Name);
        Assert.Equal("English", step.Metadata["language"]);
    }

    [Fact]
    public async Task A_proxy_that_the_tracer_traces_already_is_returned_as_it_is()
    {
        await using var tracer = Tracer();
        await using var other = Tracer();
        var proxy = tracer.Intercept<IGreeter>(new Greeter(tracer));
        var own = new ProxyGenerator().CreateInterfaceProxyWithTarget<IGreeter>(new Greeter(tracer), new OpenlayerInterceptor(tracer));

        Assert.Same(proxy, tracer.Intercept(proxy));
        Assert.Same(own, tracer.Intercept(own));
        Assert.NotSame(proxy, other.Intercept(proxy));
    }

    [Fact]
    public async Task A_target_that_cannot_be_intercepted_is_an_error_that_says_why()
    {
        await using var tracer = Tracer();

        Assert.Throws<ArgumentNullException>("target", () => tracer.Intercept<IGreeter>(null!));
        Assert.Contains("is not an interface", Assert.Throws<ArgumentException>(() => tracer.Intercept(new Greeter(tracer))).Message, StringComparison.Ordinal);
        Assert.Contains(
            "InternalsVisibleTo(\"DynamicProxyGenAssembly2\")",
            Assert.Throws<ArgumentException>(() => tracer.Intercept<IInvisible>(new Invisible())).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "InternalsVisibleTo(\"DynamicProxyGenAssembly2\")",
            Assert.Throws<ArgumentException>(() => tracer.Intercept<IList<IInvisible>>([])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_buffer_reports_its_folder_also_where_nothing_is_sent()
    {
        using var folder = new Publishing.Buffer.TemporaryFolder();
        Directory.CreateDirectory(folder.Path);
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "trace_1_1_00000001.json"), "{}", TestContext.Current.CancellationToken);
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.OfflineBuffer.Enabled = true;
        options.OfflineBuffer.Path = folder.Path;
        await using var tracer = new OpenlayerTracer(options);

        var status = await tracer.Buffer.GetStatusAsync(TestContext.Current.CancellationToken);

        Assert.Equal((true, 1, 2), (status.Enabled, status.Count, status.Bytes));
        Assert.Equal(new BufferReplay(0, 0, 0, Kept: 1), await tracer.Buffer.ReplayAsync(cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(1, await tracer.Buffer.ClearAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tracer.Buffer.GetStatusAsync(new CancellationToken(canceled: true)));
    }

    private OpenlayerTracer Tracer()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Publishers.Add(_publisher);
        return new OpenlayerTracer(options);
    }

    private sealed class Greeter(OpenlayerTracer tracer) : IGreeter
    {
        public string Greet(string name)
        {
            if (tracer.CurrentStep is { } step)
            {
                step.Metadata["language"] = "English";
            }

            return $"Hello, {name}";
        }
    }

    private sealed class Invisible : IInvisible
    {
        public void Do()
        {
        }
    }
}
