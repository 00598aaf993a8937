using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Registration;

namespace Openlayer.Interception;

/// <summary>Chooses the services of an <see cref="IServiceCollection"/> whose calls are traced, and where traces go.</summary>
public sealed class OpenlayerBuilder
{
    private readonly ServiceInterception _interception;

    internal OpenlayerBuilder(IServiceCollection services)
    {
        Services = services;
        _interception = ServiceInterception.Of(services);
    }

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Traces the calls through a service. See <see cref="Intercept(Type)"/>.</summary>
    /// <typeparam name="TService">The service's interface, or <c>AIAgent</c> of Microsoft Agent Framework.</typeparam>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">Services of this type cannot be traced; the message says why, and how to change that.</exception>
    public OpenlayerBuilder Intercept<TService>()
        where TService : class => Intercept(typeof(TService));

    /// <summary>
    /// Traces the calls through a service: every registration of it, with or without a key. Lifetime and disposal stay as they are.
    /// </summary>
    /// <param name="serviceType">The service's interface, or <c>AIAgent</c> of Microsoft Agent Framework.</param>
    /// <returns>This builder.</returns>
    /// <remarks>
    /// A registration that is added later is traced too if a host is built from the collection. If the container is built by
    /// <c>BuildServiceProvider</c>, call this method after the registration.
    /// </remarks>
    /// <exception cref="ArgumentNullException"><paramref name="serviceType"/> is null.</exception>
    /// <exception cref="ArgumentException">Services of this type cannot be traced; the message says why, and how to change that.</exception>
    public OpenlayerBuilder Intercept(Type serviceType)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (ServiceProxy.WhyNot(serviceType) is { } reason)
        {
            throw new ArgumentException($"{serviceType} cannot be intercepted: {reason}.", nameof(serviceType));
        }

        if (serviceType.IsGenericTypeDefinition)
        {
            throw new ArgumentException($"{serviceType} cannot be intercepted: {InterceptedDescriptor.OpenGenericReason}.", nameof(serviceType));
        }

        _interception.Add(ServiceRule.Of(serviceType));
        return this;
    }

    /// <summary>
    /// Traces the calls through the services that a predicate selects. Services of the framework (<c>Microsoft.Extensions.Logging</c>,
    /// <c>Microsoft.AspNetCore</c>, <c>System</c>, ...) are left alone: name them with <see cref="Intercept(Type)"/>. What cannot be traced is
    /// left alone too; <see cref="OpenlayerTracer.DescribeServices"/> says what and why.
    /// </summary>
    /// <param name="predicate">Selects services. Called for each registration, when it is added and when a host is built.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="predicate"/> is null.</exception>
    public OpenlayerBuilder InterceptServices(Func<ServiceDescriptor, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        _interception.Add(ServiceRule.Of(predicate));
        return this;
    }

    /// <summary>
    /// Adds a publisher of the container: the service that is registered under its class, or else a singleton that the container creates.
    /// The class should not be registered as an <see cref="ITracePublisher"/>, too.
    /// </summary>
    /// <typeparam name="TPublisher">The publisher. Traced services that it depends on are not traced in it.</typeparam>
    /// <returns>This builder.</returns>
    public OpenlayerBuilder AddPublisher<TPublisher>()
        where TPublisher : class, ITracePublisher
    {
        Services.TryAddSingleton<TPublisher>();
        Services.AddSingleton<ITracePublisher>(static services => services.GetRequiredService<TPublisher>());
        return this;
    }

    /// <summary>
    /// Adds a guardrail of the container: the service that is registered under its class, with its lifetime, or else a singleton that the
    /// container creates. See <see cref="GuardrailRegistry"/>.
    /// </summary>
    /// <typeparam name="TGuardrail">The guardrail.</typeparam>
    /// <param name="appliesTo">
    /// Selects intercepted methods, as they are called: those of the interface. Called once for each method and class of the target.
    /// </param>
    /// <param name="configure">Sets whether the guardrail is required, its time budget and its order. Default: null.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="appliesTo"/> is null.</exception>
    public OpenlayerBuilder AddGuardrail<TGuardrail>(Func<MethodInfo, bool> appliesTo, Action<GuardrailRegistration>? configure = null)
        where TGuardrail : class, IGuardrail
    {
        ArgumentNullException.ThrowIfNull(appliesTo);
        Services.TryAddSingleton<TGuardrail>();
        Services.Configure<OpenlayerOptions>(options =>
        {
            var registration = options.Guardrails.Add<TGuardrail>(appliesTo);
            configure?.Invoke(registration);
        });
        return this;
    }

    /// <summary>Adds to each trace when it is complete. See <see cref="OpenlayerOptions.Enrich"/>.</summary>
    /// <param name="enrich">Receives the trace and the services of a scope of its own, which is disposed after the call.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="enrich"/> is null.</exception>
    public OpenlayerBuilder Enrich(Action<OpenlayerTrace, IServiceProvider> enrich)
    {
        ArgumentNullException.ThrowIfNull(enrich);
        Services.AddOptions<OpenlayerOptions>().Configure<IServiceScopeFactory>((options, scopes) => options.Enrich += trace =>
        {
            using var scope = scopes.CreateScope();
            enrich(trace, scope.ServiceProvider);
        });
        return this;
    }
}
