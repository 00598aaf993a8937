using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Diagnostics;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Which services of a collection are intercepted. Descriptors that a rule selects are replaced by descriptors whose services are traced. The
/// rules are applied when they are added, and again when a host is built, to the services added in between. Not thread-safe, as the collection.
/// </summary>
internal sealed class ServiceInterception
{
    /// <summary>The reason of a service that no rule selects.</summary>
    public const string NotSelected = "neither Intercept nor InterceptServices selects it";

    private readonly List<ServiceRule> _rules = [];
    private readonly Dictionary<ServiceDescriptor, InterceptedDescriptor> _intercepted = new(ReferenceEqualityComparer.Instance);

    private ServiceInterception(IServiceCollection services) => Services = services;

    public IServiceCollection Services { get; }

    /// <summary>Returns the interception of a collection, and adds it to the collection if it has none.</summary>
    public static ServiceInterception Of(IServiceCollection services)
    {
        foreach (var descriptor in services)
        {
            if (descriptor.ServiceType == typeof(ServiceInterception))
            {
                return (ServiceInterception)descriptor.ImplementationInstance!;
            }
        }

        var added = new ServiceInterception(services);
        services.AddSingleton(added);
        return added;
    }

    public void Add(ServiceRule rule)
    {
        if (_rules.Count == 0)
        {
            HostBuilding.Observe(this);
        }

        _rules.Add(rule);
        Apply();
    }

    /// <summary>Replaces the descriptors that a rule selects and that are not replaced yet.</summary>
    public void Apply()
    {
        if (_rules.Count == 0)
        {
            return;
        }

        for (var index = 0; index < Services.Count; index++)
        {
            var descriptor = Services[index];
            if (!_intercepted.ContainsKey(descriptor)
                && _rules.Exists(rule => rule.Selects(descriptor))
                && InterceptedDescriptor.WhyNot(descriptor) is null)
            {
                var intercepted = new InterceptedDescriptor(descriptor);
                _intercepted.Add(intercepted.Descriptor, intercepted);
                Services[index] = intercepted.Descriptor;
            }
        }

        // A decorator that took the place of a descriptor is intercepted instead of what it decorates.
        var present = Services.ToHashSet<ServiceDescriptor>(ReferenceEqualityComparer.Instance);
        var visible = _intercepted.Keys.Where(present.Contains).Select(static descriptor => (descriptor.ServiceType, descriptor.ServiceKey)).ToHashSet();
        foreach (var (descriptor, intercepted) in _intercepted)
        {
            intercepted.IsDecorated = !present.Contains(descriptor) && visible.Contains((descriptor.ServiceType, descriptor.ServiceKey));
        }
    }

    /// <summary>Describes each service of the collection.</summary>
    public IReadOnlyList<ServiceDescription> Describe() =>
    [
        .. from descriptor in Services
           where descriptor.ServiceType != typeof(ServiceInterception)
           select Describe(descriptor),
    ];

    /// <summary>Logs which of the selected services are traced, and warns about rules that trace nothing.</summary>
    public void Log(InternalLog log)
    {
        var services = Describe();
        foreach (var service in services.Where(static service => service.ReasonNot != NotSelected))
        {
            if (service.IsIntercepted)
            {
                log.Write(RegistrationEvents.ServiceIntercepted, service.ServiceType);
            }
            else
            {
                log.Write(RegistrationEvents.ServiceNotIntercepted, service.ServiceType, service.ReasonNot);
            }
        }

        foreach (var serviceType in _rules.Select(static rule => rule.ServiceType).OfType<Type>().Distinct())
        {
            var registered = services.Where(service => service.ServiceType == serviceType).ToArray();
            if (!Array.Exists(registered, static service => service.IsIntercepted))
            {
                log.Write(RegistrationEvents.RegistrationTracesNothing, serviceType, registered is [var first, ..] ? first.ReasonNot : "no such service is registered");
            }
        }
    }

    private ServiceDescription Describe(ServiceDescriptor descriptor)
    {
        if (_intercepted.TryGetValue(descriptor, out var intercepted))
        {
            return new ServiceDescription(descriptor.ServiceType, descriptor.ServiceKey, ImplementationOf(intercepted.Original), IsIntercepted: true, ReasonNot: null);
        }

        var isSelected = _rules.Exists(rule => rule.Selects(descriptor));
        return new ServiceDescription(
            descriptor.ServiceType,
            descriptor.ServiceKey,
            ImplementationOf(descriptor),
            IsIntercepted: false,
            isSelected ? InterceptedDescriptor.WhyNot(descriptor) ?? "it was added after the rules were applied" : NotSelected);
    }

    private static Type? ImplementationOf(ServiceDescriptor descriptor) => descriptor.IsKeyedService
        ? descriptor.KeyedImplementationType ?? descriptor.KeyedImplementationInstance?.GetType()
        : descriptor.ImplementationType ?? descriptor.ImplementationInstance?.GetType();
}
