using Autofac;
using Autofac.Extensions.DependencyInjection;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>A container that has both <c>AddOpenlayer</c> and <c>RegisterOpenlayer</c> has one tracer, configured by both.</summary>
public sealed class BothRegistrationsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task There_is_one_tracer_with_the_options_and_publishers_of_both(bool isContainerFirst)
    {
        var ofCallback = new InMemoryTracePublisher();
        await using var provider = Build(
            isContainerFirst,
            services =>
            {
                services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(
                    [new("Openlayer:MaxTries", "3"), new("Openlayer:MaxBatchLength", "4"), new("Openlayer:MaxQueueLength", "5"), new("Openlayer:SendToOpenlayer", "false")]).Build());
                services.AddSingleton<IWork, Work>();
                services.AddOpenlayer(static options => options.MaxBatchLength = 40).Intercept<IWork>().AddPublisher<InMemoryTracePublisher>();
            },
            builder =>
            {
                builder.RegisterOpenlayer(options =>
                {
                    options.MaxQueueLength = 50;
                    options.Publishers.Add(ofCallback);
                });
                builder.RegisterOpenlayer((context, options) =>
                {
                    Assert.NotNull(context.Resolve<IConfiguration>());
                    options.MaxBatchBytes = 60;
                });
                builder.RegisterType<Other>().As<IOther>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
            });

        var options = provider.GetRequiredService<OpenlayerOptions>();
        Assert.Equal((3, 40, 50, 60), (options.MaxTries, options.MaxBatchLength, options.MaxQueueLength, options.MaxBatchBytes));
        var tracer = provider.GetRequiredService<OpenlayerTracer>();
        Assert.Equal(50, tracer.Steps.Settings.MaxQueueLength);
        provider.GetRequiredService<IWork>().Do("request", () => provider.GetRequiredService<IOther>().Call());
        await tracer.FlushAsync(Token);
        Assert.Equal("request(IOther.Call)", Tree.Of(Assert.Single(ofCallback.Traces).Root));
        Assert.Same(ofCallback.Traces[0], Assert.Single(provider.GetServices<ITracePublisher>().OfType<InMemoryTracePublisher>().Single().Traces));
        Assert.Equal(
            [(typeof(IOther), true), (typeof(IWork), true)],
            tracer.DescribeServices().Where(static service => service.ServiceType == typeof(IWork) || service.ServiceType == typeof(IOther))
                .Select(static service => (service.ServiceType, service.IsIntercepted)).OrderBy(static service => service.ServiceType.Name));
    }

    [Fact]
    public async Task A_host_has_one_service_and_one_health_check_and_a_test_replaces_the_publishers_of_both()
    {
        var replaced = new InMemoryTracePublisher();
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services.AddOpenlayer(static options => options.SendToOpenlayer = false).AddPublisher<InMemoryTracePublisher>();
        builder.Services.AddHealthChecks().AddOpenlayer();
        var traces = builder.Services.UseInMemoryOpenlayer();
        builder.ConfigureContainer(new AutofacServiceProviderFactory(), container => container.RegisterOpenlayer(options => options.Publishers.Add(replaced)));
        using var host = builder.Build();
        await host.StartAsync(Token);

        host.Services.GetRequiredService<OpenlayerTracer>().StartStep("step").Dispose();
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        await host.StopAsync(Token);

        Assert.Single(traces.Traces);
        Assert.Empty(replaced.Traces);
        Assert.Equal("openlayer", Assert.Single(health.Entries).Key);
        Assert.Single(host.Services.GetServices<IHostedService>(), static service => service.GetType().Namespace!.StartsWith("Openlayer", StringComparison.Ordinal));
        Assert.Single(host.Services.GetServices<OpenlayerTracer>());
    }

    [Fact]
    public async Task A_child_scope_cannot_add_to_the_tracer_of_its_container()
    {
        await using var provider = Build(isContainerFirst: false, static services => services.AddOpenlayer(static options => options.SendToOpenlayer = false), static _ => { });

        var error = Assert.Throws<InvalidOperationException>(() => provider.GetAutofacRoot().BeginLifetimeScope(static builder => builder.RegisterOpenlayer()));

        Assert.Contains("not of a child scope", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_child_scope_that_is_made_of_services_has_one_tracer_too()
    {
        var services = new ServiceCollection();
        services.AddOpenlayer(static options => options.MaxTries = 3);
        var traces = services.UseInMemoryOpenlayer();
        await using var container = new ContainerBuilder().Build();
        await using var scope = container.BeginLifetimeScope(builder =>
        {
            builder.Populate(services);
            builder.RegisterOpenlayer(static options => options.MaxBatchLength = 4);
        });

        scope.Resolve<OpenlayerTracer>().StartStep("step").Dispose();
        await scope.Resolve<OpenlayerTracer>().FlushAsync(Token);

        Assert.Equal((3, 4), (scope.Resolve<OpenlayerOptions>().MaxTries, scope.Resolve<OpenlayerOptions>().MaxBatchLength));
        Assert.Single(traces.Traces);
    }

    [Fact]
    public void An_option_that_only_the_container_sets_wrongly_is_named()
    {
        var error = Assert.Throws<ArgumentException>(() => Build(
            isContainerFirst: false, static services => services.AddOpenlayer(), static builder => builder.RegisterOpenlayer(static options => options.MaxTries = 0)));

        Assert.Contains("OpenlayerOptions.MaxTries", error.Message, StringComparison.Ordinal);
    }

    private static AutofacServiceProvider Build(bool isContainerFirst, Action<IServiceCollection> addServices, Action<ContainerBuilder> register)
    {
        var services = new ServiceCollection();
        addServices(services);
        var builder = new ContainerBuilder();
        if (isContainerFirst)
        {
            register(builder);
            builder.Populate(services);
        }
        else
        {
            builder.Populate(services);
            register(builder);
        }

        return new AutofacServiceProvider(builder.Build());
    }

    public interface IOther
    {
        void Call();
    }

    public sealed class Other : IOther
    {
        public void Call()
        {
        }
    }
}
