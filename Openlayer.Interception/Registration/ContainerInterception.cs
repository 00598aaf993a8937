using Autofac;
using Autofac.Core;
using Autofac.Core.Registration;
using Autofac.Core.Resolving.Pipeline;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Registration;

/// <summary>Which services of an Autofac container are intercepted: those that a predicate selects, and those whose registration names the interceptor.</summary>
internal sealed class ContainerInterception : IServiceMiddlewareSource
{
    private const string Key = "Openlayer.Interception.ContainerInterception";

    private const string NotSelected = "its registration does not name OpenlayerInterceptor, and InterceptServices does not select it";

    private readonly List<Func<Type, bool>> _predicates = [];
    private readonly TypeCache<bool> _selected;

    private ContainerInterception() =>
        _selected = new(service => !ServiceRule.IsInfrastructure(service) && _predicates.Exists(predicate => predicate(service)));

    /// <summary>Returns the interception of a builder's container, and adds it if there is none.</summary>
    public static ContainerInterception Of(ContainerBuilder builder)
    {
        if (builder.Properties.TryGetValue(Key, out var found) && found is ContainerInterception registered)
        {
            return registered;
        }

        var added = new ContainerInterception();
        builder.Properties[Key] = added;
        builder.RegisterInstance(added);
        return added;
    }

    /// <summary>Adds a predicate. Without any, the container is not asked to call this class.</summary>
    public void Add(ContainerBuilder builder, Func<Type, bool> predicate)
    {
        if (_predicates.Count == 0)
        {
            builder.RegisterServiceMiddlewareSource(this);
        }

        _predicates.Add(predicate);
    }

    public void ProvideMiddleware(Service service, IComponentRegistryServices availableServices, IResolvePipelineBuilder pipelineBuilder)
    {
        if (service is IServiceWithType { ServiceType: var type } && Selects(type) && ServiceProxy.WhyNot(type) is null)
        {
            pipelineBuilder.Use(new InterceptionMiddleware(type), MiddlewareInsertionMode.StartOfPhase);
        }
    }

    /// <summary>Describes each service that is registered in a container, but not those that only a source provides, such as open generics.</summary>
    /// <param name="registry">The registrations of the container.</param>
    /// <param name="ofCollection">The descriptions of the services that come from an <c>IServiceCollection</c> with rules of its own.</param>
    public IReadOnlyList<ServiceDescription> Describe(IComponentRegistry registry, IReadOnlyList<ServiceDescription> ofCollection)
    {
        var own = Registrations(registry).Select(Describe).ToLookup(KeyOf);
        var collected = ofCollection.ToLookup(KeyOf);

        // A service has registrations in both. The rules that trace it describe it, and if none do, those that select it.
        return
        [
            .. own.Where(services => !IsDescribedBy(collected[services.Key], services)).SelectMany(static services => services),
            .. collected.Where(services => IsDescribedBy(services, own[services.Key])).SelectMany(static services => services),
        ];
    }

    /// <summary>
    /// A container was built. If a registration names the interceptor in vain, creates the tracer, whose log has the warning; otherwise the tracer
    /// is created when it is needed.
    /// </summary>
    public static void WarnAtStart(ILifetimeScope container)
    {
        if (Registrations(container.ComponentRegistry).Any(static found => WhyInVain(found) is not null))
        {
            container.Resolve<OpenlayerTracer>();
        }
    }

    /// <summary>Logs which services are traced, and warns about registrations that name the interceptor and trace nothing.</summary>
    public void Log(IComponentRegistry registry, InternalLog log)
    {
        foreach (var found in Registrations(registry))
        {
            if (WhyInVain(found) is { } reason)
            {
                log.Report(RegistrationEvents.NamedInterceptorTracesNothing, cause: $"{reason}.");
            }
            else if (Describe(found) is var service && service.IsIntercepted)
            {
                log.Write(RegistrationEvents.ServiceIntercepted, service.ServiceType);
            }
            else if (service.ReasonNot != NotSelected)
            {
                log.Write(RegistrationEvents.ServiceNotIntercepted, service.ServiceType, service.ReasonNot);
            }
        }
    }

    private static IEnumerable<(IComponentRegistration Registration, Service Service)> Registrations(IComponentRegistry registry) =>
        from registration in registry.Registrations
        from service in registration.Services
        where service is IServiceWithType
        select (registration, service);

    private static (Type ServiceType, object? ServiceKey) KeyOf(ServiceDescription service) => (service.ServiceType, service.ServiceKey);

    private static bool IsDescribedBy(IEnumerable<ServiceDescription> collected, IEnumerable<ServiceDescription> own) =>
        collected.Any(static service => service.IsIntercepted)
        || (collected.Any(static service => service.ReasonNot != ServiceInterception.NotSelected) && !own.Any(static service => service.IsIntercepted))
        || !own.Any();

    private static string? WhyInVain((IComponentRegistration Registration, Service Service) found) =>
        NamesInterceptor(found.Registration) ? WhyNot(found) : null;

    // A registration that names the interceptor has a proxy of its class if the service is no interface.
    private static string? WhyNot((IComponentRegistration Registration, Service Service) found)
    {
        var service = ((IServiceWithType)found.Service).ServiceType;
        var implementation = found.Registration.Activator.LimitType;
        return service.IsInterface ? ServiceProxy.WhyNot(service, implementation) : ServiceProxy.WhyNotClass(implementation);
    }

    private static bool NamesInterceptor(IComponentRegistration registration) => registration.Metadata.Values.Any(static value =>
        value is IEnumerable<Service> interceptors
        && interceptors.Any(static interceptor => interceptor is IServiceWithType { ServiceType: var type } && type == typeof(OpenlayerInterceptor)));

    private ServiceDescription Describe((IComponentRegistration Registration, Service Service) found)
    {
        var service = ((IServiceWithType)found.Service).ServiceType;
        var implementation = found.Registration.Activator.LimitType;
        var reason = NamesInterceptor(found.Registration) ? WhyNot(found)
            : Selects(service) ? ServiceProxy.WhyNot(service, implementation)
            : NotSelected;
        return new ServiceDescription(service, (found.Service as KeyedService)?.ServiceKey, implementation, reason is null, reason);
    }

    private bool Selects(Type service) => _selected.Get(service);
}
