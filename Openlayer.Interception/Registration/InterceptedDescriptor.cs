using Castle.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.Registration;

/// <summary>
/// A descriptor whose services are traced proxies. Its targets are created as the original descriptor's services are: with the same lifetime,
/// constructor and disposal. Thread-safe.
/// </summary>
internal sealed class InterceptedDescriptor
{
    public const string OpenGenericReason =
        "this container has no factories for open generic registrations. Register the closed services that should be traced, or use Autofac and ContainerBuilder.InterceptServices";

    // More than any chain of distinct services needs, and less than the stack holds.
    private const int MaxNestedCreations = 50;

    [ThreadStatic]
    private static Dictionary<InterceptedDescriptor, int>? _creating;

    private readonly ServiceActivator? _activator;

    public InterceptedDescriptor(ServiceDescriptor original)
    {
        Original = original;
        if ((original.IsKeyedService ? original.KeyedImplementationType : original.ImplementationType) is { } implementation)
        {
            _activator = new ServiceActivator(implementation);
        }

        Descriptor = original.IsKeyedService
            ? new ServiceDescriptor(original.ServiceType, original.ServiceKey, Create!, original.Lifetime)
            : new ServiceDescriptor(original.ServiceType, services => Create(services, key: null)!, original.Lifetime);
    }

    public ServiceDescriptor Original { get; }

    /// <summary>Takes the place of <see cref="Original"/> in the collection.</summary>
    public ServiceDescriptor Descriptor { get; }

    /// <summary>Whether a decorator that is intercepted itself took the place of the descriptor. Its services are then not proxied.</summary>
    public bool IsDecorated { get; set; }

    // The application owns an instance that it registers: the container does not dispose it.
    private bool IsInstance => (Original.IsKeyedService ? Original.KeyedImplementationInstance : Original.ImplementationInstance) is not null;

    /// <summary>Returns why the services of a descriptor cannot be traced. Null if they can.</summary>
    public static string? WhyNot(ServiceDescriptor descriptor)
    {
        var service = descriptor.ServiceType;
        var implementation = descriptor.IsKeyedService ? descriptor.KeyedImplementationType : descriptor.ImplementationType;
        return ServiceProxy.WhyNot(service, implementation) ?? (service.IsGenericTypeDefinition ? OpenGenericReason : null);
    }

    private object? Create(IServiceProvider services, object? key)
    {
        var target = CreateTarget(services, key);
        if (target is null || IsDecorated)
        {
            return target;
        }

        IInterceptor[] disposal = IsInstance ? [new InstanceDisposal(services)] : [];
        return TracerCreation.IsRunning
            ? ServiceProxy.Create(Original.ServiceType, target, [.. disposal, new DeferredInterceptor(services)])
            : services.GetRequiredService<OpenlayerInterceptor>().Intercept(Original.ServiceType, target, Original.Lifetime == ServiceLifetime.Singleton ? null : services, disposal);
    }

    private object? CreateTarget(IServiceProvider services, object? key)
    {
        var creating = _creating ??= [];
        var depth = creating.GetValueOrDefault(this);
        if (depth == MaxNestedCreations)
        {
            throw new InvalidOperationException($"A circular dependency was detected for the service of type '{Original.ServiceType}'.");
        }

        creating[this] = depth + 1;
        try
        {
            return _activator is not null ? _activator.Create(services, key)
                : Original.IsKeyedService ? Original.KeyedImplementationInstance ?? Original.KeyedImplementationFactory!(services, key)
                : Original.ImplementationInstance ?? Original.ImplementationFactory!(services);
        }
        finally
        {
            if (depth == 0)
            {
                creating.Remove(this);
            }
            else
            {
                creating[this] = depth;
            }
        }
    }
}
