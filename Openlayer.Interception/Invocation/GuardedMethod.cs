using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// A method whose calls guardrails check, traced or not. What does not depend on the call is determined once, in the constructor.
/// </summary>
internal sealed class GuardedMethod : IInterceptedMethod
{
    // The call that runs its target on this thread. It can reach the interceptor twice, through a registration and an attribute.
    [ThreadStatic]
    private static IInvocation? _proceeding;

    private readonly MethodGuardrails _guardrails;
    private readonly GuardedShape _shape;
    private readonly bool _isSynchronous;

    private GuardedMethod(GuardrailSource source, MethodInfo method, MethodGuardrail[] guardrails)
    {
        var type = ReturnShape.Of(method.ReturnType).ResultType;
        var hasReferences = Array.Exists(method.GetParameters(), static parameter => parameter.ParameterType.IsByRef && !parameter.IsIn);
        _shape = GuardedShape.Of(method.ReturnType);
        _isSynchronous = hasReferences || !_shape.IsAsynchronous;
        _guardrails = new(source, method, guardrails, type != typeof(void), WhyOutputUnchecked(method, type, hasReferences && _shape.IsAsynchronous));
    }

    /// <summary>Describes a method. Null if it has no guardrails.</summary>
    /// <param name="source">Finds the guardrails.</param>
    /// <param name="method">The method.</param>
    /// <param name="targetType">The class of the target.</param>
    public static GuardedMethod? Of(GuardrailSource source, MethodInfo method, Type targetType)
    {
        if (!MethodDescriptor.IsTraceable(method))
        {
            return null;
        }

        var found = source.Find(method, targetType, MethodDescriptor.Implementation(method, targetType));
        return found.Length == 0 ? null : new(source, method, found);
    }

    /// <summary>Whether the target of this call is running already, with checked arguments.</summary>
    public static bool IsProceeding(IInvocation invocation) => ReferenceEquals(_proceeding, invocation);

    /// <summary>Runs the target of a checked call.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="later">Proceeds with the call after its interceptors have returned. Null if they have not.</param>
    public static void Run(IInvocation invocation, IInvocationProceedInfo? later = null)
    {
        var outer = _proceeding;
        _proceeding = invocation;
        try
        {
            if (later is null)
            {
                invocation.Proceed();
            }
            else
            {
                later.Invoke();
            }
        }
        finally
        {
            _proceeding = outer;
        }
    }

    public void Intercept(IInvocation invocation) => Proceed(invocation, recording: null);

    /// <summary>Proceeds with a call, between the checks of its input and output.</summary>
    /// <param name="invocation">The call.</param>
    /// <param name="recording">Records the request and the checks. Null if the call is not recorded.</param>
    public void Proceed(IInvocation invocation, GuardrailRecording? recording)
    {
        if (IsProceeding(invocation) || GuardrailSource.IsChecking)
        {
            recording?.RecordUnchecked(invocation.Arguments);
            invocation.Proceed();
            return;
        }

        _shape.Proceed(new GuardedCall(_guardrails, invocation.Arguments, _isSynchronous, ScopeOf(invocation), recording), invocation);
    }

    private static IServiceProvider? ScopeOf(IInvocation invocation)
    {
        if (invocation.Proxy is IProxyTargetAccessor proxy)
        {
            foreach (var interceptor in proxy.GetInterceptors())
            {
                if (interceptor is OpenlayerInterceptor { Services: { } services })
                {
                    return services;
                }
            }
        }

        return null;
    }

    private static string? WhyOutputUnchecked(MethodInfo method, Type type, bool hasReferences)
    {
        var isInterface = type.IsConstructedFrom(typeof(IAsyncEnumerable<>)) || type.IsConstructedFrom(typeof(IEnumerable<>));
        var name = $"{CSharpName.Of(method.DeclaringType!)}.{method.Name}";
        return hasReferences ? $"{name} is asynchronous and has ref or out parameters, which the caller gets before the result is there"
            : !isInterface && StreamWrapping.For(type) is not null ? $"{name} returns {CSharpName.Of(type)}, a class of streams. Declare the result as IAsyncEnumerable<T>"
            : !isInterface && type.GetMethod("GetAwaiter", []) is not null ? $"{name} returns {CSharpName.Of(type)}, which is awaited but neither a Task nor a ValueTask"
            : null;
    }
}
