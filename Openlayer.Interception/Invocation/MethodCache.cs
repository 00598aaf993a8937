using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Functions;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Telemetry;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>Caches the called methods. Each is described once for each target class. Thread-safe.</summary>
internal sealed class MethodCache
{
    // A power of two, greater than the number of methods that are hot at the same time.
    private const int RecentLength = 1024;

    private readonly StepSource _steps;
    private readonly RequestAttempts _attempts;
    private readonly ActivitySteps _spans;
    private readonly FunctionLayers _functions;
    private readonly ClientFactoryMethod _factoryMethod;
    private readonly ClientServiceMethod _serviceMethod;
    private readonly ClientServiceMethod _toolServiceMethod;

    // Castle passes the same MethodInfo for each call of a (closed) method.
    private readonly ConcurrentDictionary<(MethodInfo Method, Type Type), Implementation> _methods = new();

    // Methods of collectible types. A value refers to its method and its type, so the one that can be unloaded is the weak key, and the
    // other one is not: a weak table inside a weak table would keep its own outer key alive.
    private readonly ConditionalWeakTable<MemberInfo, ConcurrentDictionary<MemberInfo, Implementation>> _collectibleMethods = [];

    // Recently called methods, by hash. A look-up in the table alone costs as much as the rest of an unsampled call. Contains no
    // collectible types.
    private readonly Implementation?[] _recent = new Implementation?[RecentLength];

    public MethodCache(StepSource steps, RequestAttempts attempts, ActivitySteps spans, OpenlayerInterceptor interceptor)
    {
        _steps = steps;
        _attempts = attempts;
        _spans = spans;
        _functions = new FunctionLayers(steps, new ClientProxyFactory(new PipelineInterceptor(interceptor, steps.Ambient)));
        _factoryMethod = new ClientFactoryMethod(new ClientProxyFactory(interceptor), steps.Log);
        _serviceMethod = new ClientServiceMethod(interceptor, spans: null);
        _toolServiceMethod = new ClientServiceMethod(interceptor, spans.Source);
    }

    /// <summary>Returns the called method. Null if its calls are not intercepted.</summary>
    public IInterceptedMethod? Find(IInvocation invocation)
    {
        var method = invocation.Method;

        // A proxy without a target is described by its interface.
        var type = invocation.TargetType ?? method.DeclaringType!;
        ref var recent = ref _recent[RuntimeHelpers.GetHashCode(method) & (RecentLength - 1)];
        if (recent is not { } found || !ReferenceEquals(found.Method, method) || !ReferenceEquals(found.Type, type))
        {
            found = LookUp(method, type);
            if (!method.IsCollectible && !type.IsCollectible)
            {
                recent = found;
            }
        }

        return found.Intercepted;
    }

    private Implementation LookUp(MethodInfo method, Type type)
    {
        if (!method.IsCollectible && !type.IsCollectible)
        {
            return _methods.GetOrAdd((method, type), Create, this);
        }

        var (key, other) = type.IsCollectible ? ((MemberInfo)type, (MemberInfo)method) : (method, type);
        return _collectibleMethods
            .GetValue(key, static _ => new())
            .GetOrAdd(other, static (_, called) => Create((called.method, called.type), called.cache), (method, type, cache: this));

        static Implementation Create((MethodInfo Method, Type Type) called, MethodCache cache) =>
            new(called.Method, called.Type, cache.Describe(called.Method, called.Type));
    }

    private IInterceptedMethod? Describe(MethodInfo method, Type type)
    {
        try
        {
            var client = ClientRecognizer.Find(method, type, _steps.Settings.ProviderClients);
            if (client is not null && Array.IndexOf(client.FactoryMembers, method.Name) >= 0)
            {
                return _factoryMethod;
            }

            if (client?.MetadataTypeName is not null && method.Name == "GetService")
            {
                if (!client.TakesTools)
                {
                    return _serviceMethod;
                }

                _spans.Observe();
                return _toolServiceMethod;
            }

            if (client is not null)
            {
                _attempts.Observe();
                if (client.TakesTools)
                {
                    _spans.Observe();
                }
            }

            return MethodDescriptor.Of(method, type, client, _steps.Capture) is { } description
                ? new TracedMethod(_steps, method, description, client is { TakesTools: true } ? _functions : null)
                : null;
        }
        catch (Exception exception)
        {
            _steps.Log.Report(InvocationEvents.MethodNotRead, exception, Describe(method, exception));
            return null;
        }
    }

    // The messages of exceptions are not logged, but an attribute with a wrong value must be found.
    private static string Describe(MethodInfo method, Exception exception)
    {
        var name = $"{CSharpName.Of(method.DeclaringType!)}.{method.Name}";
        return exception.GetBaseException() is ArgumentOutOfRangeException { ActualValue: StepType unknown }
            ? $"{name} has an attribute with the unknown step type {unknown:D} and"
            : name;
    }

    /// <summary>A method of an interface or class, as a target class implements it.</summary>
    private sealed record Implementation(MethodInfo Method, Type Type, IInterceptedMethod? Intercepted);
}
