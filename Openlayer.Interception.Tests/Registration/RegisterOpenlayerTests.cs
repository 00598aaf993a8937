using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

public sealed class RegisterOpenlayerTests
{
    [Fact]
    public async Task Options_tracer_and_interceptor_are_one_instance_a_container()
    {
        await using var container = new TracedContainer();
        await using var another = new TracedContainer();
        await using var scope = container.BeginScope();

        AssertOne<OpenlayerOptions>();
        AssertOne<OpenlayerTracer>();
        AssertOne<OpenlayerInterceptor>();

        void AssertOne<T>()
            where T : class
        {
            Assert.Same(container.Resolve<T>(), scope.Resolve<T>());
            Assert.NotSame(container.Resolve<T>(), another.Resolve<T>());
        }
    }

    [Fact]
    public async Task Two_containers_do_not_see_each_others_steps()
    {
        await using var one = new TracedContainer(RegistrationStyle.InterfaceProxySingleton);
        await using var other = new TracedContainer(RegistrationStyle.ClassProxyScoped);

        one.Work.Do("one", () =>
        {
            Assert.Null(other.Tracer.CurrentStep);
            other.Work.Do("other", () => one.Work.Do("one again"));
        });

        Assert.Equal("one(one again)", await one.TreesAsync());
        Assert.Equal("other", await other.TreesAsync());
    }

    [Theory, EveryRegistration]
    public async Task After_the_container_is_disposed_calls_go_on_and_are_not_traced(RegistrationStyle registration)
    {
        var container = new TracedContainer(registration);
        var work = container.Work;
        var gate = new TaskCompletionSource();
        work.Do("traced");
        var pending = work.DoAsync("pending", () => gate.Task);

        await container.DisposeAsync();

        gate.SetResult();
        await pending;
        Assert.Null(work.Get("late", () => container.Tracer.CurrentStep));
        using (container.Tracer.StartStep("by hand"))
        {
            work.Do("later");
        }

        Assert.Equal("traced", await container.TreesAsync());
    }

    [Fact]
    public void Disposing_the_container_without_waiting_publishes_what_is_waiting_as_well()
    {
        var publisher = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        });
        builder.RegisterType<Work>().As<IWork>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

        using (var container = builder.Build())
        {
            container.Resolve<IWork>().Do("request");
        }

        Assert.Equal("request", Tree.Of(Assert.Single(publisher.Traces).Root));
    }

    [Fact]
    public async Task Failures_are_logged_to_the_containers_loggers()
    {
        var logs = new FakeLogCollector();
        await using var container = new TracedContainer(builder =>
        {
            builder.RegisterInstance(LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(logs))))
                .As<ILoggerFactory>();
            builder.RegisterType<Work>().As<IWork>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        });
        var moody = new Streaming.StreamShapeTests.MoodyPages(allowed: true);

        container.Work.Get("stream", () => moody);
        container.Work.Get("stream", () => moody);

        Assert.Single(logs.GetSnapshot(), static log => log.Level == LogLevel.Error);
    }

    [Theory]
    [MemberData(nameof(UnusableOptions))]
    public void An_option_that_is_not_usable_is_named(string option, Action<OpenlayerOptions> configure)
    {
        var exception = Assert.Throws<ArgumentException>(() => new ContainerBuilder().RegisterOpenlayer(configure));

        Assert.Contains($"OpenlayerOptions.{option} must", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key-1", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<OpenlayerOptions>> UnusableOptions() => new()
    {
        { "BaseUrl", static options => options.BaseUrl = new Uri("ftp://example.com") },
        { "BaseUrl", static options => options.BaseUrl = new Uri("v1", UriKind.Relative) },
        { "ApiKey", static options => options.ApiKey = "key-1\n" },
        { "SamplingRate", static options => options.SamplingRate = 1.1 },
        { "SamplingRate", static options => options.SamplingRate = double.NaN },
        { "StreamGracePeriod", static options => options.StreamGracePeriod = TimeSpan.Zero },
        { "StreamGracePeriod", static options => options.StreamGracePeriod = TimeSpan.MaxValue },
        { "MaxQueueLength", static options => options.MaxQueueLength = 0 },
        { "RequestTimeout", static options => options.RequestTimeout = TimeSpan.Zero },
        { "ShutdownTimeout", static options => options.ShutdownTimeout = TimeSpan.FromSeconds(-1) },
        { "TimeProvider", static options => options.TimeProvider = null! },
        { "Publishers", static options => options.Publishers.Add(null!) },
        { "Capture.MaxDepth", static options => options.Capture.MaxDepth = 0 },
        { "Capture.MaxItems", static options => options.Capture.MaxItems = -1 },
        { "Capture.MaxStringLength", static options => options.Capture.MaxStringLength = -1 },
        { "Capture.MaxBytes", static options => options.Capture.MaxBytes = 1023 },
    };
}
