using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Registration;

/// <summary>Selects services of a collection to be intercepted.</summary>
/// <param name="ServiceType">The service type that the application named. Null if it gave a predicate.</param>
/// <param name="Selects">Whether a descriptor is selected.</param>
internal sealed record ServiceRule(Type? ServiceType, Func<ServiceDescriptor, bool> Selects)
{
    // What the tracer itself, the host and the container are made of: a predicate means the application's own services.
    private static readonly string[] Infrastructure =
    [
        "Microsoft.Extensions.Configuration",
        "Microsoft.Extensions.DependencyInjection",
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
        "Openlayer.Interception",
    ];

    public static ServiceRule Of(Type serviceType) => new(serviceType, descriptor => descriptor.ServiceType == serviceType);

    public static ServiceRule Of(Func<ServiceDescriptor, bool> predicate) =>
        new(null, descriptor => !IsInfrastructure(descriptor.ServiceType) && predicate(descriptor));

    private static bool IsInfrastructure(Type type) =>
        type == typeof(ITracePublisher)
        || (type.Namespace is { } name && Array.Exists(Infrastructure, prefix => IsIn(name, prefix)));

    private static bool IsIn(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] == '.');
}
