using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Calls;

/// <summary>What is known of each method that calls came through. Looked up once for each method and class of the target.</summary>
internal sealed class TracedMethods(OpenlayerTracer tracer)
{
    // Weak in its keys, so that collectible assemblies stay collectible. Castle keeps one MethodInfo a method, closed ones included.
    private readonly ConditionalWeakTable<MethodInfo, Implementations> _methods = [];

    /// <summary>The method that is called. Null where its calls are not traced.</summary>
    public TracedMethod? Find(IInvocation invocation)
    {
        var method = invocation.Method;
        return _methods.GetValue(method, static _ => new Implementations()).Find(tracer, method, invocation.TargetType);
    }

    /// <summary>One method of an interface or class, by the class of the target it is called on.</summary>
    private sealed class Implementations
    {
        private readonly ConditionalWeakTable<Type, Implementation> _implementations = [];
        private Implementation? _last;

        public TracedMethod? Find(OpenlayerTracer tracer, MethodInfo method, Type? targetType)
        {
            // Without a target the interface speaks for itself.
            var type = targetType ?? method.DeclaringType!;
            var last = _last;
            if (last is null || !ReferenceEquals(last.Type, type))
            {
                last = _implementations.GetValue(type, found => new Implementation(found, Describe(tracer, method, found)));

                // An interface outlives the plug-ins that implement it: one that can be unloaded is not to be held by it.
                if (!type.IsCollectible)
                {
                    _last = last;
                }
            }

            return last.Method;
        }

        private static TracedMethod? Describe(OpenlayerTracer tracer, MethodInfo method, Type type)
        {
            try
            {
                return MethodDescription.Of(method, type, tracer.Capture) is { } description ? new TracedMethod(tracer, method, description) : null;
            }
            catch (Exception exception)
            {
                tracer.Faults.Report("A method could not be read; its calls are not traced.", exception);
                return null;
            }
        }
    }

    private sealed record Implementation(Type Type, TracedMethod? Method);
}
