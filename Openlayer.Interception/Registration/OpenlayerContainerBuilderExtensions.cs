using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autofac;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Registration;

namespace Openlayer.Interception;

/// <summary>Registers Openlayer in an Autofac container.</summary>
public static class OpenlayerContainerBuilderExtensions
{
    /// <summary>
    /// Registers <see cref="OpenlayerOptions"/>, <see cref="OpenlayerTracer"/> and <see cref="OpenlayerInterceptor"/>, each resolvable as
    /// itself, one instance per container. Disposing the container publishes the traces that wait. Further calls on the same container, from
    /// modules too, configure the same options. So does <c>AddOpenlayer</c> on the services of a container that is built by
    /// <c>AutofacServiceProviderFactory</c>: there is one tracer, with the options and publishers of both.
    /// </summary>
    /// <param name="builder">The container builder.</param>
    /// <param name="configure">Sets options. Called before this method returns; with <c>AddOpenlayer</c>, again whenever the options are made.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="builder"/> is that of a child scope whose container has Openlayer already.</exception>
    [SuppressMessage("ApiDesign", "RS0027", Justification = "The overloads take delegates of different arity: no call is ambiguous.")]
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static ContainerBuilder RegisterOpenlayer(this ContainerBuilder builder, Action<OpenlayerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        Register(builder).Configure(configure);
        return builder;
    }

    /// <summary>
    /// As <see cref="RegisterOpenlayer(ContainerBuilder, Action{OpenlayerOptions})"/>, with options that depend on services of the container.
    /// The callbacks of this overload run once, in order, when the options are first resolved: after all callbacks of the other overload.
    /// </summary>
    /// <param name="builder">The container builder.</param>
    /// <param name="configure">
    /// Sets options. The context is the container's and may be kept. An invalid option is an <see cref="ArgumentException"/> at the first
    /// resolve. Must not resolve a traced service, not even as a dependency of a publisher.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException">An environment variable is not valid; the message names it.</exception>
    /// <exception cref="InvalidOperationException"><paramref name="builder"/> is that of a child scope whose container has Openlayer already.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static ContainerBuilder RegisterOpenlayer(this ContainerBuilder builder, Action<IComponentContext, OpenlayerOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        Register(builder).Configure(configure);
        return builder;
    }

    /// <summary>
    /// Traces the calls through the services that a predicate selects, without a change of their registrations: open generics, decorated
    /// services, and those that come from an <c>IServiceCollection</c> included. A registration that is traced already, by
    /// <c>InterceptedBy(typeof(OpenlayerInterceptor))</c>, is not traced twice. Services of the framework (<c>Microsoft.Extensions.Logging</c>,
    /// <c>Microsoft.AspNetCore</c>, <c>System</c>, ...) are left alone.
    /// </summary>
    /// <param name="builder">The container builder, after or before <c>RegisterOpenlayer</c>.</param>
    /// <param name="predicate">Selects services by the interfaces that they are registered as. Called once for each interface.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static ContainerBuilder InterceptServices(this ContainerBuilder builder, Func<Type, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(predicate);
        ContainerInterception.Of(builder).Add(builder, predicate);
        return builder;
    }

    /// <summary>
    /// Adds a guardrail of the container: the service that is registered under its class, with its lifetime, or else a single instance that the
    /// container creates. See <see cref="GuardrailRegistry"/>.
    /// </summary>
    /// <typeparam name="TGuardrail">The guardrail.</typeparam>
    /// <param name="builder">The container builder, after or before <c>RegisterOpenlayer</c>.</param>
    /// <param name="appliesTo">
    /// Selects intercepted methods, as they are called: those of the interface. Called once for each method and class of the target.
    /// </param>
    /// <param name="configure">Sets whether the guardrail is required, its time budget and its order. Default: null.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="appliesTo"/> is null.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public static ContainerBuilder AddGuardrail<TGuardrail>(
        this ContainerBuilder builder, Func<MethodInfo, bool> appliesTo, Action<GuardrailRegistration>? configure = null)
        where TGuardrail : class, IGuardrail
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(appliesTo);
        builder.RegisterType<TGuardrail>().AsSelf().SingleInstance().IfNotRegistered(typeof(TGuardrail));
        return builder.RegisterOpenlayer(options =>
        {
            var registration = options.Guardrails.Add<TGuardrail>(appliesTo);
            configure?.Invoke(registration);
        });
    }

    private static ContainerOptions Register(ContainerBuilder builder)
    {
        DynamicCode.Require();
        if (builder.Properties.TryGetValue(ContainerOptions.Key, out var found) && found is ContainerOptions registered)
        {
            return registered;
        }

        var added = new ContainerOptions();
        builder.Properties[ContainerOptions.Key] = added;
        builder.RegisterBuildCallback(added.Close);
        builder.RegisterInstance(added);
        var interception = ContainerInterception.Of(builder);
        builder.RegisterBuildCallback(ContainerInterception.WarnAtStart);

        // The registrations of AddOpenlayer take precedence, before or after these.
        var collection = typeof(ConfigurationSource);
        builder.Register(context => added.Resolve(context.Resolve<ILifetimeScope>())).AsSelf().SingleInstance().IfNotRegistered(collection);
        builder.Register(context => TracerCreation.Run(() => CreateTracer(context, interception))).AsSelf().SingleInstance().IfNotRegistered(collection);
        builder.Register(static context => context.Resolve<OpenlayerTracer>().Interceptor).AsSelf().SingleInstance().IfNotRegistered(collection);
        return added;
    }

    private static OpenlayerTracer CreateTracer(IComponentContext context, ContainerInterception interception)
    {
        var options = context.Resolve<OpenlayerOptions>();
        var container = context.Resolve<ILifetimeScope>();
        var registry = container.ComponentRegistry;
        var log = new InternalLog(options.LoggerFactory ?? context.ResolveOptional<ILoggerFactory>());
        interception.Log(registry, log);
        return new OpenlayerTracer(
            OpenlayerSettings.From(options),
            log,
            isHosted: context.IsRegistered<IHostLifetime>(),
            () => interception.Describe(registry, []),
            new ScopeServices(container));
    }
}
