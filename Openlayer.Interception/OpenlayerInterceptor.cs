using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Makes every call through the proxy it is put into a step. Name it in <c>InterceptedBy(typeof(OpenlayerInterceptor))</c>; one instance a
/// container serves all proxies. Property accessors, events, <c>Dispose</c>, <c>DisposeAsync</c> and the members of <see cref="object"/>
/// are not traced, except that clients returned by a model client's factory methods are traced too. Thread-safe. Throws nothing of its own:
/// a call ends as it would without it.
/// </summary>
public sealed class OpenlayerInterceptor : IInterceptor
{
    private readonly StepSource _steps;
    private readonly MethodCache _methods;

    /// <summary>Makes an interceptor for any container, or none: put it into a proxy of Castle's.</summary>
    /// <param name="tracer">Where steps go.</param>
    /// <exception cref="ArgumentNullException"><paramref name="tracer"/> is null.</exception>
    public OpenlayerInterceptor(OpenlayerTracer tracer)
    {
        ArgumentNullException.ThrowIfNull(tracer);
        _steps = tracer.Steps;
        _methods = new MethodCache(_steps, this);
    }

    /// <summary>Proceeds with the call once, as a step of the trace it belongs to.</summary>
    /// <param name="invocation">The call.</param>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (_steps.IsEnabled && _methods.Find(invocation) is { } method)
        {
            method.Intercept(invocation);
        }
        else
        {
            invocation.Proceed();
        }
    }
}
