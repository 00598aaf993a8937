using Autofac;
using Autofac.Core;
using Autofac.Core.Registration;
using Autofac.Core.Resolving.Pipeline;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.Registration;

/// <summary>Which services of an Autofac container are intercepted: those that a predicate selects, and those whose registration names the interceptor.</summary>
internal sealed class ContainerInterception : IServiceMiddlewareSource
{
    private const string Key = "Openlayer.Interception.ContainerInterception";

    private readonly List<Func<Type, bool>> _predicates = [];

    private ContainerInterception()
    {
    }

    /// <summary>Returns the interception of a builder's container, and adds it if there is none.</summary>
    public static ContainerInterception Of(ContainerBuilder builder)
    {
        if (builder.Properties.TryGetValue(Key, out var found) && found is ContainerInterception registered)
        {
            return registered;
        }

        var added = new ContainerInterception();
        builder.Properties[Key] = added;
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
    public IReadOnlyList<ServiceDescription> Describe(IComponentRegistry registry) =>
    [
        .. from registration in registry.Registrations
           from service in registration.Services
           where service is IServiceWithType
           select Describe(registration, ((IServiceWithType)service).ServiceType, (service as KeyedService)?.ServiceKey),
    ];

    private static bool NamesInterceptor(IComponentRegistration registration) => registration.Metadata.Values.Any(static value =>
        value is IEnumerable<Service> interceptors
        && interceptors.Any(static interceptor => interceptor is IServiceWithType { ServiceType: var type } && type == typeof(OpenlayerInterceptor)));

    private ServiceDescription Describe(IComponentRegistration registration, Type service, object? key)
    {
        var implementation = registration.Activator.LimitType;
        var reason = NamesInterceptor(registration) ? WhyNothing(service, implementation)
            : Selects(service) ? ServiceProxy.WhyNot(service)
            : "its registration does not name OpenlayerInterceptor, and InterceptServices does not select it";
        return new ServiceDescription(service, key, implementation, reason is null, reason);
    }

    // A registration that names the interceptor has a proxy of its class if the service is no interface.
    private static string? WhyNothing(Type service, Type implementation) =>
        service.IsInterface ? ServiceProxy.WhyNot(service)
        : implementation.IsSealed ? $"{implementation} is sealed"
        : !Array.Exists(implementation.GetMethods(), static method => method is { IsVirtual: true, IsFinal: false, IsSpecialName: false } && method.DeclaringType != typeof(object))
            ? $"{implementation} has no virtual methods"
        : null;

    private bool Selects(Type service) => !ServiceRule.IsInfrastructure(service) && _predicates.Exists(predicate => predicate(service));
}
