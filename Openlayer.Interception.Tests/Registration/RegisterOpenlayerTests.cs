using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

public sealed class RegisterOpenlayerTests
{
    [Fact]
    public async Task Options_tracer_and_interceptor_are_single_instances_per_container()
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
    public async Task Calls_after_the_container_is_disposed_succeed_and_are_not_traced(RegistrationStyle registration)
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

        // The call that was open was published with the rest.
        Assert.Equal("traced; pending", await container.TreesAsync());
    }

    [Fact]
    public void Disposing_the_container_synchronously_publishes_queued_traces_too()
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
    public void An_invalid_option_is_named(string option, Action<OpenlayerOptions> configure)
    {
        var exception = Assert.Throws<ArgumentException>(() => new ContainerBuilder().RegisterOpenlayer(configure));

        Assert.Contains($"OpenlayerOptions.{option} must", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key-1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_registration_adds_to_the_first()
    {
        var publishers = new[] { new InMemoryTracePublisher(), new InMemoryTracePublisher(), new InMemoryTracePublisher() };
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options => options.Publishers.Add(publishers[0]));
        builder.RegisterModule(new PublishingModule(publishers[1]));
        builder.RegisterOpenlayer((_, options) => options.Publishers.Add(publishers[2]));
        builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false);
        await using var container = builder.Build();
        var tracer = Assert.Single(container.Resolve<IEnumerable<OpenlayerTracer>>());
        Assert.Single(container.Resolve<IEnumerable<OpenlayerInterceptor>>());

        using (tracer.StartStep("step"))
        {
        }

        await tracer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.All(publishers, static publisher => Assert.Single(publisher.Traces));
        Assert.Equal(3, Assert.Single(container.Resolve<IEnumerable<OpenlayerOptions>>()).Publishers.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_module_and_its_application_can_register_in_either_order(bool moduleFirst)
    {
        var builder = new ContainerBuilder();
        Action[] registrations =
        [
            () => builder.RegisterModule(new PublishingModule(new InMemoryTracePublisher())),
            () => builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false),
        ];
        foreach (var register in moduleFirst ? registrations : Enumerable.Reverse(registrations))
        {
            register();
        }

        await using var container = builder.Build();

        var options = Assert.Single(container.Resolve<IEnumerable<OpenlayerOptions>>());
        Assert.Single(options.Publishers);
        Assert.False(options.SendToOpenlayer);
    }

    [Fact]
    public async Task A_child_scope_cannot_add_to_a_built_container()
    {
        await using var container = new TracedContainer();
        await using var parent = container.BeginScope();

        var exception = Assert.Throws<InvalidOperationException>(() => parent.BeginLifetimeScope(static builder => builder.RegisterOpenlayer()));

        Assert.Contains("child scope", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_scope_can_have_its_own_tracer_if_the_container_has_none()
    {
        await using var container = new ContainerBuilder().Build();
        await using var one = container.BeginLifetimeScope(static builder => builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false));
        await using var other = container.BeginLifetimeScope(static builder => builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false));

        Assert.NotSame(one.Resolve<OpenlayerTracer>(), other.Resolve<OpenlayerTracer>());
        Assert.Null(container.ResolveOptional<OpenlayerTracer>());
    }

    [Fact]
    public async Task Options_can_use_services_of_the_container_and_keep_its_context()
    {
        var publisher = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.RegisterInstance(publisher).As<ITracePublisher>();
        builder.RegisterInstance(new Uri("https://api.example.com"));
        builder.RegisterOpenlayer(static (context, options) =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(context.Resolve<ITracePublisher>());
            options.CreateHttpClient = () => new HttpClient { BaseAddress = context.Resolve<Uri>() };
        });
        await using var container = builder.Build();
        await using var scope = container.BeginLifetimeScope();

        var options = scope.Resolve<OpenlayerOptions>();
        await scope.DisposeAsync();

        Assert.Same(publisher, Assert.Single(options.Publishers));
        using var client = options.CreateHttpClient!();
        Assert.Equal("api.example.com", client.BaseAddress!.Host);
    }

    [Fact]
    public async Task An_invalid_option_of_the_container_is_the_same_error_at_each_resolve()
    {
        var runs = 0;
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer((_, options) => options.MaxTries = -runs++);
        await using var container = builder.Build();

        for (var attempt = 0; attempt < 2; attempt++)
        {
            var exception = Assert.ThrowsAny<Autofac.Core.DependencyResolutionException>(() => container.Resolve<OpenlayerTracer>()).GetBaseException();

            Assert.IsType<ArgumentException>(exception);
            Assert.Contains("OpenlayerOptions.MaxTries must be from 1 to 1,000, but is 0.", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task A_publisher_that_depends_on_a_traced_service_is_an_error_that_says_so()
    {
        var builder = new ContainerBuilder();
        builder.RegisterType<Work>().As<IWork>().SingleInstance().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<WorkingPublisher>();
        builder.RegisterOpenlayer(static (context, options) => options.Publishers.Add(context.Resolve<WorkingPublisher>()));
        await using var container = builder.Build();

        var exception = Assert.ThrowsAny<Autofac.Core.DependencyResolutionException>(() => container.Resolve<IWork>());

        Assert.Contains("is traced itself", exception.GetBaseException().Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<OpenlayerOptions>> UnusableOptions() => new()
    {
        { "BaseUrl", static options => options.BaseUrl = new Uri("ftp://example.com") },
        { "BaseUrl", static options => options.BaseUrl = new Uri("v1", UriKind.Relative) },
        { "ApiKey", static options => options.ApiKey = "key-1\nkey-1" },
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

    private sealed class PublishingModule(ITracePublisher publisher) : Module
    {
        protected override void Load(ContainerBuilder builder) => builder.RegisterOpenlayer(options => options.Publishers.Add(publisher));
    }

    private sealed class WorkingPublisher(IWork work) : ITracePublisher
    {
        public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
        {
            work.Do("publish");
            return ValueTask.CompletedTask;
        }
    }
}
