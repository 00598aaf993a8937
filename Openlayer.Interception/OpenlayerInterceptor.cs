using System.Diagnostics.CodeAnalysis;
using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Traces each call through a proxy as a step. Register it with <c>InterceptedBy(typeof(OpenlayerInterceptor))</c>; one instance serves all
/// proxies of a container. Property accessors, events, <c>Dispose</c>, <c>DisposeAsync</c> and the members of <see cref="object"/> are not
/// traced, except that the clients returned by a model client's factory methods are traced too. Thread-safe. Throws no exceptions of its
/// own: a call ends as it would without the interceptor.
/// </summary>
public sealed class OpenlayerInterceptor : IInterceptor
{
    private readonly StepSource _steps;
    private readonly MethodCache _methods;

    /// <summary>Creates an interceptor for any container, or for none: pass it to Castle's proxy generator.</summary>
    /// <param name="tracer">Records the steps.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tracer"/> is null.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public OpenlayerInterceptor(OpenlayerTracer tracer)
    {
        ArgumentNullException.ThrowIfNull(tracer);
        _steps = tracer.Steps;
        _methods = tracer.Interceptor._methods;
    }

    private OpenlayerInterceptor(OpenlayerTracer tracer, Func<OpenlayerInterceptor, MethodCache> methods)
    {
        _steps = tracer.Steps;
        _methods = methods(this);
    }

    private OpenlayerInterceptor(OpenlayerInterceptor shared, IServiceProvider services)
    {
        _steps = shared._steps;
        _methods = shared._methods;
        Services = services;
    }

    /// <summary>The services of the scope that the only proxy with this interceptor was resolved from. Null for an interceptor that proxies share.</summary>
    internal IServiceProvider? Services { get; }

    /// <summary>Proceeds with the call exactly once, as a step of the current trace.</summary>
    /// <param name="invocation">The call.</param>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);

        // Guardrails check whether or not calls are traced.
        if ((_steps.IsEnabled ? _methods.Find(invocation) : _methods.FindGuarded(invocation)) is { } method)
        {
            method.Intercept(invocation);
        }
        else
        {
            invocation.Proceed();
        }
    }

    /// <summary>Creates the interceptor that a tracer keeps.</summary>
    internal static OpenlayerInterceptor For(OpenlayerTracer tracer) =>
        new(tracer, interceptor => new MethodCache(tracer.Steps, tracer.Attempts, tracer.Spans, tracer.Guardrails, interceptor));

    /// <inheritdoc cref="OpenlayerTracer.Intercept"/>
    internal TService Intercept<TService>(TService target)
        where TService : class
    {
        if (ServiceProxy.WhyNotVisible(typeof(TService)) is { } reason)
        {
            throw new ArgumentException(
                $"OpenlayerTracer.Intercept cannot create a proxy: {reason}. Name an interface that {target.GetType()} implements as the type argument.",
                nameof(target));
        }

        return (TService)Intercept(typeof(TService), target, scope: null);
    }

    /// <summary>Creates a proxy of a service of a container. Returns the target if this tracer traces it already.</summary>
    /// <param name="service">The service's interface.</param>
    /// <param name="target">Receives the calls.</param>
    /// <param name="scope">The services of the scope that the target was resolved from, for its guardrails. Null if it has none of its own.</param>
    /// <param name="outer">Interceptors that see the calls first.</param>
    internal object Intercept(Type service, object target, IServiceProvider? scope, params IInterceptor[] outer) =>
        target is IProxyTargetAccessor proxy && proxy.GetInterceptors().Any(IsOfThisTracer)
            ? target
            : ServiceProxy.Create(service, target, [.. outer, scope is not null && _methods.MayGuard(target.GetType()) ? new OpenlayerInterceptor(this, scope) : this]);

    private bool IsOfThisTracer(IInterceptor interceptor) =>
        interceptor is OpenlayerInterceptor other && ReferenceEquals(other._steps, _steps);
}
