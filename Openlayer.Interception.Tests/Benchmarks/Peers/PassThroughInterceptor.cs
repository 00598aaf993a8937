using Castle.DynamicProxy;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>A Castle interceptor that only proceeds: the floor of every interceptor.</summary>
public sealed class PassThroughInterceptor : IInterceptor
{
    public void Intercept(IInvocation invocation) => invocation.Proceed();
}
