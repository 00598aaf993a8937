using Castle.DynamicProxy;

namespace Openlayer.Interception;

/// <summary>x</summary>
public sealed class OpenlayerInterceptor : IInterceptor
{
    private readonly OpenlayerTracer _tracer;

    internal OpenlayerInterceptor(OpenlayerTracer tracer) => _tracer = tracer;

    /// <inheritdoc/>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        if (!_tracer.Enabled) { invocation.Proceed(); return; }
        invocation.Proceed();
    }
}
