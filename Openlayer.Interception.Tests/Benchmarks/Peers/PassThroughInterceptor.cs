using Castle.DynamicProxy;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>Castle with nothing to do: the floor of every interceptor.</summary>
public sealed class PassThroughInterceptor : IInterceptor
{
    public void Intercept(IInvocation invocation) => invocation.Proceed();
}
