using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Interception;
using Openlayer.Interception.Providers;

namespace Openlayer.Interception.Calls;

/// <summary>What is known of each method that calls came through. Looked up once for each method and class of the target.</summary>
internal sealed class TracedMethods
{
    private readonly OpenlayerTracer _tracer;
    private readonly OpenStreams _openStreams;
    private readonly ClientFactoryMethod _factoryMethod;
    private readonly ClientServiceMethod _serviceMethod;

    // Weak in its keys, so that collectible assemblies stay collectible. Castle keeps one MethodInfo a method, closed ones included.
    private readonly ConditionalWeakTable<MethodInfo, Implementations> _methods = [];

    public TracedMethods(OpenlayerTracer tracer, OpenlayerInterceptor interceptor)
    {
        _tracer = tracer;
        _openStreams = new OpenStreams(tracer.TimeProvider, tracer.Options.StreamGracePeriod);
        _factoryMethod = new ClientFactoryMethod(new StandIn(interceptor), tracer.Faults);
        _serviceMethod = new ClientServiceMethod(interceptor);
    }

    /// <summary>The method that is called. Null where its calls just go through.</summary>
    public IInterceptedMethod? Find(IInvocation invocation)
    {
        var method = invocation.Method;
        return _methods.GetValue(method, static _ => new Implementations()).Find(this, method, invocation.TargetType);
    }

    private IInterceptedMethod? Describe(MethodInfo method, Type type)
    {
        try
        {
            var client = ProviderClients.Find(method, type, _tracer.Options.ProviderClients.Clients);
            if (client is not null && Array.IndexOf(client.HandsOut, method.Name) >= 0)
            {
                return _factoryMethod;
            }

            if (client?.MetadataTypeName is not null && method.Name == "GetService")
            {
                return _serviceMethod;
            }

            return MethodDescription.Of(method, type, client, _tracer.Capture) is { } description
                ? new TracedMethod(_tracer, _openStreams, method, description)
                : null;
        }
        catch (Exception exception)
        {
            _tracer.Faults.Report("A method could not be read; its calls are not traced.", exception);
            return null;
        }
    }

    /// <summary>One method of an interface or class, by the class of the target it is called on.</summary>
    private sealed class Implementations
    {
        private readonly ConditionalWeakTable<Type, Implementation> _implementations = [];
        private Implementation? _last;

        public IInterceptedMethod? Find(TracedMethods methods, MethodInfo method, Type? targetType)
        {
            // Without a target the interface speaks for itself.
            var type = targetType ?? method.DeclaringType!;
            return _last is { } last && ReferenceEquals(last.Type, type) ? last.Method : FindOther(methods, method, type);
        }

        private IInterceptedMethod? FindOther(TracedMethods methods, MethodInfo method, Type type)
        {
            var other = _implementations.GetValue(type, found => new Implementation(found, methods.Describe(method, found)));

            // An interface outlives the plug-ins that implement it: one that can be unloaded is not to be held by it.
            if (!type.IsCollectible)
            {
                _last = other;
            }

            return other.Method;
        }
    }

    private sealed record Implementation(Type Type, IInterceptedMethod? Method);
}
