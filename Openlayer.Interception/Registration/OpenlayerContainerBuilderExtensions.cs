using Autofac;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing;

namespace Openlayer.Interception;

/// <summary>Registers Openlayer in an Autofac container.</summary>
public static class OpenlayerContainerBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="OpenlayerOptions"/>, <see cref="OpenlayerTracer"/> and <see cref="OpenlayerInterceptor"/>, each resolvable as
    /// itself, one instance a container. Disposing the container publishes what is still waiting.
    /// </summary>
    /// <param name="builder">The container builder.</param>
    /// <param name="configure">Sets options. What it leaves at null is taken from the environment.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option or environment variable is not usable; the message names it and what it must be.</exception>
    public static ContainerBuilder RegisterOpenlayer(this ContainerBuilder builder, Action<OpenlayerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new OpenlayerOptions();
        configure?.Invoke(options);

        // Here for its exceptions: what is wrong is said at registration.
        OpenlayerSettings.From(options);

        // Before a host starts, which handles signals itself.
        ProcessLifetime.Observe();

        builder.RegisterInstance(options).AsSelf().SingleInstance();
        builder.Register(context => new OpenlayerTracer(OpenlayerSettings.From(options), new InternalLog(options.LoggerFactory ?? context.ResolveOptional<ILoggerFactory>()))).AsSelf().SingleInstance();
        builder.Register(static context => new OpenlayerInterceptor(context.Resolve<OpenlayerTracer>())).AsSelf().SingleInstance();
        return builder;
    }
}
