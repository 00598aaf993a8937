using Autofac;
using Autofac.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>Services of an <see cref="IServiceCollection"/> are traced however they are registered, in each container.</summary>
public sealed class InterceptedServicesTests
{
    private static readonly Dictionary<string, Action<IServiceCollection>> Kinds = new()
    {
        ["singleton, type"] = static services => services.AddSingleton<IGreeter, Greeter>(),
        ["scoped, type"] = static services => services.AddScoped<IGreeter, Greeter>(),
        ["transient, type"] = static services => services.AddTransient<IGreeter, Greeter>(),
        ["singleton, factory"] = static services => services.AddSingleton<IGreeter>(static provider => new Greeter(provider.GetRequiredService<Disposals>())),
        ["scoped, factory"] = static services => services.AddScoped<IGreeter>(static provider => new Greeter(provider.GetRequiredService<Disposals>())),
        ["transient, factory"] = static services => services.AddTransient<IGreeter>(static provider => new Greeter(provider.GetRequiredService<Disposals>())),
        ["singleton, instance"] = static services => services.AddSingleton<IGreeter>(new Greeter(services.Select(static descriptor => descriptor.ImplementationInstance).OfType<Disposals>().Single())),
        ["singleton, keyed type"] = static services => services.AddKeyedSingleton<IGreeter, Greeter>("key"),
        ["scoped, keyed type"] = static services => services.AddKeyedScoped<IGreeter, Greeter>("key"),
        ["transient, keyed factory"] = static services => services.AddKeyedTransient<IGreeter>("key", static (provider, _) => new Greeter(provider.GetRequiredService<Disposals>())),
        ["singleton, keyed instance"] = static services => services.AddKeyedSingleton<IGreeter>("key", new Greeter(services.Select(static descriptor => descriptor.IsKeyedService ? null : descriptor.ImplementationInstance).OfType<Disposals>().Single())),
        ["several"] = static services => services.AddSingleton<IGreeter, Greeter>().AddScoped<IGreeter, Greeter>().AddTransient<IGreeter, Greeter>(),
        ["typed HTTP client"] = static services => services.AddHttpClient<IGreeter, GreeterWithClient>(),
    };

    public static TheoryData<string, bool, bool> Registrations()
    {
        var cases = new TheoryData<string, bool, bool>();
        foreach (var kind in Kinds.Keys)
        {
            cases.Add(kind, false, false);
            cases.Add(kind, true, false);
            cases.Add(kind, true, true);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Registrations))]
    public async Task A_service_is_traced_and_lives_as_without_tracing(string kind, bool inAutofac, bool byContainer)
    {
        var (bare, _) = await UseAsync(kind, inAutofac, isTraced: false, byContainer);

        var (traced, trees) = await UseAsync(kind, inAutofac, isTraced: true, byContainer);

        Assert.Equal(bare, traced);
        Assert.All(trees, static tree => Assert.Equal("IGreeter.Greet", tree));
        Assert.Equal(kind == "several" ? 12 : 4, trees.Length);
    }

    [Fact]
    public async Task A_service_that_is_registered_later_is_traced_in_a_host()
    {
        var builder = Host.CreateApplicationBuilder();
        var publisher = new InMemoryTracePublisher();
        builder.Services.AddOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        }).Intercept<IGreeter>();
        builder.Services.AddSingleton(new Disposals());
        builder.Services.AddScoped<IGreeter, Greeter>();
        using var host = builder.Build();

        using (var scope = host.Services.CreateScope())
        {
            scope.ServiceProvider.GetRequiredService<IGreeter>().Greet();
        }

        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("IGreeter.Greet", Tree.Of(Assert.Single(publisher.Traces).Root));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_decorator_and_what_it_decorates_are_one_step(bool isDecoratedLater)
    {
        var builder = Host.CreateApplicationBuilder();
        var publisher = new InMemoryTracePublisher();
        builder.Services.AddSingleton(new Disposals());
        builder.Services.AddScoped<IGreeter, Greeter>();
        if (!isDecoratedLater)
        {
            Decorate(builder.Services);
        }

        builder.Services.AddOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        }).Intercept<IGreeter>();
        if (isDecoratedLater)
        {
            Decorate(builder.Services);
        }

        using var host = builder.Build();
        using var scope = host.Services.CreateScope();
        var greeting = scope.ServiceProvider.GetRequiredService<IGreeter>().Greet();

        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("decorated hello", greeting);
        Assert.Equal("IGreeter.Greet", Tree.Of(Assert.Single(publisher.Traces).Root));
    }

    [Fact]
    public void A_circular_dependency_is_an_error_and_not_the_end_of_the_process()
    {
        var services = new ServiceCollection();
        services.AddScoped<IFirst, First>();
        services.AddScoped<ISecond, Second>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IFirst>().Intercept<ISecond>();
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();

        var error = Assert.Throws<InvalidOperationException>(() => scope.ServiceProvider.GetRequiredService<IFirst>());

        Assert.Contains("circular", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(IOpen<>), "open generic")]
    [InlineData(typeof(Greeter), "is not an interface")]
    [InlineData(typeof(IHidden), "not visible")]
    [InlineData(typeof(IUntraced), "[NoTrace]")]
    public void A_service_that_cannot_be_traced_is_an_error_that_says_why(Type service, string reason)
    {
        var builder = new ServiceCollection().AddOpenlayer();

        var error = Assert.Throws<ArgumentException>(() => builder.Intercept(service));

        Assert.Contains(service.Name, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_service_is_described()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Disposals());
        services.AddScoped<IGreeter, Greeter>();
        services.AddScoped<Greeter>();
        services.AddScoped(typeof(IOpen<>), typeof(Open<>));
        services.AddScoped<IHidden, Hidden>();
        services.AddScoped<IUntraced, Untraced>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false)
            .InterceptServices(static service => service.ServiceType.Namespace == typeof(IGreeter).Namespace);
        services.AddKeyedScoped<IGreeter, Greeter>("late");
        using var provider = services.BuildServiceProvider();

        var described = provider.GetRequiredService<OpenlayerTracer>().DescribeServices()
            .Where(static service => service.ServiceType.Namespace == typeof(IGreeter).Namespace)
            .ToDictionary(static service => (service.ServiceType, service.ServiceKey));

        Assert.Equal(new ServiceDescription(typeof(IGreeter), null, typeof(Greeter), true, null), described[(typeof(IGreeter), null)]);
        Assert.Contains("is not an interface", described[(typeof(Greeter), null)].ReasonNot, StringComparison.Ordinal);
        Assert.Contains("open generic", described[(typeof(IOpen<>), null)].ReasonNot, StringComparison.Ordinal);
        Assert.Contains("not visible", described[(typeof(IHidden), null)].ReasonNot, StringComparison.Ordinal);
        Assert.Contains("[NoTrace]", described[(typeof(IUntraced), null)].ReasonNot, StringComparison.Ordinal);
        Assert.Contains("added after", described[(typeof(IGreeter), "late")].ReasonNot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_generic_service_is_traced_by_Autofac()
    {
        var services = new ServiceCollection();
        services.AddScoped(typeof(IOpen<>), typeof(Open<>));
        var publisher = new InMemoryTracePublisher();
        var builder = new ContainerBuilder();
        builder.Populate(services);
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        });
        builder.InterceptServices(static service => service.Namespace == typeof(IGreeter).Namespace);
        await using var container = builder.Build();

        Assert.Equal(5, container.Resolve<IOpen<int>>().Same(5));

        await container.Resolve<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("IOpen<int>.Same", Tree.Of(Assert.Single(publisher.Traces).Root));
    }

    // Uses each service twice in each of two scopes. Returns which uses shared an instance, and how often instances were disposed.
    private static async Task<(string Lives, string[] Trees)> UseAsync(string kind, bool inAutofac, bool isTraced, bool byContainer)
    {
        var publisher = new InMemoryTracePublisher();
        var disposals = new Disposals();
        var services = new ServiceCollection();
        services.AddSingleton(disposals);
        Kinds[kind](services);
        Action<OpenlayerOptions> configure = options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(publisher);
        };
        if (isTraced && !byContainer)
        {
            services.AddOpenlayer(configure).Intercept<IGreeter>();
        }

        var key = kind.Contains("keyed", StringComparison.Ordinal) ? "key" : null;
        List<object> used = [];
        var provider = Build();
        await using (((IAsyncDisposable)provider).ConfigureAwait(false))
        {
            for (var number = 0; number < 2; number++)
            {
                await using var scope = provider.CreateAsyncScope();
                for (var use = 0; use < 2; use++)
                {
                    foreach (var greeter in scope.ServiceProvider.GetKeyedServices<IGreeter>(key))
                    {
                        Assert.Equal("hello", greeter.Greet());
                        Assert.IsAssignableFrom<IDisposable>(greeter);
                        used.Add(greeter);
                    }
                }
            }

            if (isTraced)
            {
                await provider.GetRequiredService<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
            }
        }

        return ($"{string.Join(' ', used.Select(service => used.IndexOf(service)))}; disposed {disposals.Count}", [.. publisher.Traces.Select(static trace => trace.Root.Name)]);

        IServiceProvider Build()
        {
            if (!inAutofac)
            {
                return services.BuildServiceProvider();
            }

            var factory = new AutofacServiceProviderFactory();
            var builder = factory.CreateBuilder(services);
            if (isTraced && byContainer)
            {
                builder.RegisterOpenlayer(configure).InterceptServices(static service => service == typeof(IGreeter));
            }

            return factory.CreateServiceProvider(builder);
        }
    }

    // As Scrutor does.
    private static void Decorate(IServiceCollection services)
    {
        var decorated = services.Single(static descriptor => descriptor.ServiceType == typeof(IGreeter));
        services.Replace(new ServiceDescriptor(
            typeof(IGreeter),
            provider => new Decorator((IGreeter)(decorated.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, decorated.ImplementationType!))),
            decorated.Lifetime));
    }

    private interface IHidden;

    public interface IGreeter
    {
        string Greet();
    }

    public interface IOpen<T>
    {
        T Same(T value);
    }

    public interface IFirst;

    public interface ISecond;

    [NoTrace]
    public interface IUntraced;

    public sealed class Disposals
    {
        public int Count { get; set; }
    }

    private class Greeter(Disposals disposals) : IGreeter, IDisposable
    {
        public string Greet() => "hello";

        public void Dispose() => disposals.Count++;
    }

    private sealed class GreeterWithClient(Disposals disposals, HttpClient client) : Greeter(disposals), IGreeter
    {
        string IGreeter.Greet() => client.BaseAddress is null ? Greet() : "";
    }

    private sealed class Decorator(IGreeter greeter) : IGreeter
    {
        public string Greet() => $"decorated {greeter.Greet()}";
    }

    private sealed class Open<T> : IOpen<T>
    {
        public T Same(T value) => value;
    }

    private sealed class Hidden : IHidden;

    private sealed class Untraced : IUntraced;

    private sealed class First : IFirst
    {
        public First(ISecond second) => _ = second;
    }

    private sealed class Second : ISecond
    {
        public Second(IFirst first) => _ = first;
    }
}
