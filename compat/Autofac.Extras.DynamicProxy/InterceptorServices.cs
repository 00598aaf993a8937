using System.Reflection;
using Autofac.Builder;
using Autofac.Core;
using Autofac.Core.Resolving.Pipeline;
using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>Finds, stores and resolves the services of interceptors.</summary>
internal static class InterceptorServices
{
    private const string MetadataKey = "Autofac.Extras.DynamicProxy.InterceptedBy";

    public static Service Named(string name) => new KeyedService(name, typeof(IInterceptor));

    public static Service Typed(Type type) => new TypedService(type);

    /// <summary>Adds services to the registration. A service that the registration already has is not added again.</summary>
    public static void Add(RegistrationData registration, IEnumerable<Service> services)
    {
        // The package keeps the first array that it receives, so later changes of the array have effect. A scanned registration starts with
        // the metadata of the scan, which it must not change.
        registration.Metadata[MetadataKey] = registration.Metadata.ContainsKey(MetadataKey) ? AddedTo(registration.Metadata).Union(services) : services;
    }

    /// <summary>The services of the type's attributes: those of the type and its base types, then those of its interfaces.</summary>
    public static Service[] DeclaredOn(Type type) =>
    [
        .. type.GetCustomAttributes<InterceptAttribute>(inherit: true)
            .Concat(type.GetInterfaces().SelectMany(contract => contract.GetCustomAttributes<InterceptAttribute>()))
            .Select(attribute => attribute.InterceptorService),
    ];

    /// <summary>The interceptors of one instance: those added to its registration, then the declared ones.</summary>
    public static IInterceptor[] Resolve(ResolveRequestContext context, Service[] declared) =>
    [
        .. AddedTo(context.Registration.Metadata).Concat(declared)
            .Select(service => (IInterceptor)context.ResolveService(service)),
    ];

    private static IEnumerable<Service> AddedTo(IDictionary<string, object?> metadata) =>
        metadata.TryGetValue(MetadataKey, out var services) ? (IEnumerable<Service>)services! : [];
}
