using Autofac;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Sets the options that the configuration has and the environment has not, and adds the container's publishers. It runs before the
/// application's own code, of which it runs that of <c>RegisterOpenlayer</c>.
/// </summary>
internal sealed class OptionsFromConfiguration(IServiceProvider services, ConfigurationSource source) : IConfigureOptions<OpenlayerOptions>
{
    private const string Section = "Openlayer";

    /// <summary>The configuration of the options. Null if the container has none.</summary>
    public static IConfiguration? Find(IServiceProvider services, ConfigurationSource source) =>
        source.Configuration ?? services.GetService<IConfiguration>()?.GetSection(Section);

    /// <exception cref="InvalidOperationException">A key is not an option, or a value is not of the option's type; the message names the key.</exception>
    public void Configure(OpenlayerOptions options)
    {
        Find(services, source)?.Bind(options, static binder => binder.ErrorOnUnknownConfiguration = true);
        OptionsEnvironment.OfProcess.TakePrecedenceOver(options);
        foreach (var publisher in TracerCreation.Run(() => services.GetServices<ITracePublisher>()))
        {
            options.Publishers.Add(publisher);
        }

        services.GetService<ContainerOptions>()?.ApplyTo(services.GetRequiredService<ILifetimeScope>(), options);
    }
}
