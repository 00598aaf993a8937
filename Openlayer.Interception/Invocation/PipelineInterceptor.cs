using Castle.DynamicProxy;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Traces the requests that a traced client makes through a client of its pipeline. Calls of code that uses the pipeline without the traced
/// client pass through, as they did before.
/// </summary>
/// <param name="interceptor">Traces the requests.</param>
/// <param name="ambient">The ambient step.</param>
internal sealed class PipelineInterceptor(OpenlayerInterceptor interceptor, AmbientStep ambient) : IInterceptor
{
    public void Intercept(IInvocation invocation)
    {
        if (ambient.Current?.Step is { IsInClientCall: true } or ModelStep { ClientCall: not null } or AgentStep { IsRun: true }
            || invocation.Method.Name == "GetService")
        {
            interceptor.Intercept(invocation);
        }
        else
        {
            invocation.Proceed();
        }
    }
}
