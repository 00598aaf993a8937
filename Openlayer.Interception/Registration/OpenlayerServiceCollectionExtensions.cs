using System.Diagnostics.CodeAnalysis;
using Autofac;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Registration;

namespace Openlayer.Interception;

/// <summary>Registers Openlayer in an <see cref="IServiceCollection"/>.</summary>
public static class OpenlayerServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="OpenlayerTracer"/>, <see cref="OpenlayerInterceptor"/> and <see cref="OpenlayerOptions"/>, each resolvable as
    /// itself, one instance per container. Further calls configure the same options. In a host, the tracer is created at the start and flushed
    /// at the end, within <see cref="OpenlayerOptions.ShutdownTimeout"/>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">
    /// Sets options. Takes precedence over the environment, which takes precedence over the section <c>Openlayer</c> of the container's
    /// <see cref="IConfiguration"/>, if it has one.
    /// </param>
    /// <returns>Chooses the services that are traced.</returns>
    /// <remarks>The options are validated when the host starts, or when the tracer is first resolved.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    [SuppressMessage("ApiDesign", "RS0027", Justification = "The overloads take a delegate and a configuration: no call is ambiguous but that with a literal null.")]
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static OpenlayerBuilder AddOpenlayer(this IServiceCollection services, Action<OpenlayerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        Register(services);
        if (configure is not null)
        {
            services.Configure(configure);
        }

        return new OpenlayerBuilder(services);
    }

    /// <summary>
    /// As <see cref="AddOpenlayer(IServiceCollection, Action{OpenlayerOptions}?)"/>, with options from a configuration: that of the options
    /// themselves, such as <c>configuration.GetSection("Tracing")</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The configuration, used instead of the section <c>Openlayer</c>. The environment takes precedence over it.</param>
    /// <returns>Chooses the services that are traced.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static OpenlayerBuilder AddOpenlayer(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configuration);
        Register(services).Configuration = configuration;
        return new OpenlayerBuilder(services);
    }

    /// <summary>
    /// For tests: traces go to the returned publisher alone, and nothing is sent or buffered, whatever the application has configured.
    /// </summary>
    /// <param name="services">The services, such as those of WebApplicationFactory's <c>ConfigureTestServices</c>.</param>
    /// <returns>The publisher.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="services"/> is null.</exception>
    public static InMemoryTracePublisher UseInMemoryOpenlayer(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        var publisher = new InMemoryTracePublisher();
        services.PostConfigure<OpenlayerOptions>(options =>
        {
            options.Publishers.Clear();
            options.Publishers.Add(publisher);
            options.SendToOpenlayer = false;
            options.OfflineBuffer.Enabled = false;
        });
        services.RemoveAll<ITracePublisher>();
        return publisher;
    }

    private static ConfigurationSource Register(IServiceCollection services)
    {
        DynamicCode.Require();
        foreach (var descriptor in services)
        {
            if (descriptor.ServiceType == typeof(ConfigurationSource))
            {
                return (ConfigurationSource)descriptor.ImplementationInstance!;
            }
        }

        var source = new ConfigurationSource();
        services.AddSingleton(source);

        // First, so that code that was registered before takes precedence too.
        services.Insert(0, ServiceDescriptor.Singleton<IConfigureOptions<OpenlayerOptions>, OptionsFromConfiguration>());
        services.AddOptions<OpenlayerOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<OpenlayerOptions>, OptionsValidation>();
        services.TryAddSingleton(static provider => provider.GetRequiredService<IOptions<OpenlayerOptions>>().Value);
        services.TryAddSingleton(static provider => LogOf(provider));
        services.TryAddSingleton<OptionsReload>();
        services.TryAddSingleton(static provider => TracerCreation.Run(() => CreateTracer(provider)));
        services.TryAddSingleton(static provider => provider.GetRequiredService<OpenlayerTracer>().Interceptor);

        // First, so that it starts before the application's services and stops after them.
        services.Insert(0, ServiceDescriptor.Singleton<IHostedService, OpenlayerService>());
        return source;
    }

    private static InternalLog LogOf(IServiceProvider provider) =>
        new(provider.GetRequiredService<OpenlayerOptions>().LoggerFactory ?? provider.GetService<ILoggerFactory>());

    private static OpenlayerTracer CreateTracer(IServiceProvider provider)
    {
        var log = provider.GetRequiredService<InternalLog>();
        provider.GetRequiredService<OptionsReload>();
        return new OpenlayerTracer(
            OpenlayerSettings.From(provider.GetRequiredService<OpenlayerOptions>()),
            log,
            isHosted: provider.GetService<IServiceProviderIsService>()?.IsService(typeof(IHostLifetime)) ?? false,
            Descriptions(provider, log),
            provider);
    }

    private static Func<IReadOnlyList<ServiceDescription>> Descriptions(IServiceProvider provider, InternalLog log)
    {
        var collection = provider.GetRequiredService<ServiceInterception>();
        if (provider.GetService<ContainerInterception>() is not { } container)
        {
            return collection.Describe;
        }

        var registry = provider.GetRequiredService<ILifetimeScope>().ComponentRegistry;
        container.Log(registry, log);
        return () => container.Describe(registry, collection.Describe());
    }
}
