using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Registration;

/// <summary>Selects services of a collection to be intercepted.</summary>
/// <param name="ServiceType">The service type that the application named. Null if it gave a predicate.</param>
/// <param name="Selects">Whether a descriptor is selected.</param>
internal sealed record ServiceRule(Type? ServiceType, Func<ServiceDescriptor, bool> Selects)
{
    // What the tracer itself, the host and the container are made of: a predicate means the application's own services.
    private static readonly string[] Infrastructure =
    [
        "Autofac",
        "Castle",
        "Microsoft.Extensions.Configuration",
        "Microsoft.Extensions.Diagnostics",
        "Microsoft.Extensions.FileProviders",
        "Microsoft.Extensions.Hosting",
        "Microsoft.Extensions.Http",
        "Microsoft.Extensions.Logging",
        "Microsoft.Extensions.ObjectPool",
        "Microsoft.Extensions.Options",
        "Microsoft.AspNetCore",
        "System",
        "OpenTelemetry",
    ];

    public static ServiceRule Of(Type serviceType) => new(serviceType, descriptor => descriptor.ServiceType == serviceType);

    public static ServiceRule Of(Func<ServiceDescriptor, bool> predicate) =>
        new(null, descriptor => !IsInfrastructure(descriptor.ServiceType) && predicate(descriptor));

    /// <summary>Whether a predicate must not select a service: the tracer, a container or a host is made of it.</summary>
    public static bool IsInfrastructure(Type type) =>
        type.Assembly == typeof(ServiceRule).Assembly
        || type.Namespace == "Microsoft.Extensions.DependencyInjection"
        || (type.Namespace is { } name && Array.Exists(Infrastructure, parent => FrameworkTypes.IsIn(name, parent)));
}
