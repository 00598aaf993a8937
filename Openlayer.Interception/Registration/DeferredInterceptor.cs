using Castle.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Traces the calls of a service that was resolved while the tracer was created, for a publisher or an option, as soon as there is a tracer.
/// Thread-safe.
/// </summary>
/// <param name="services">Resolves the interceptor.</param>
internal sealed class DeferredInterceptor(IServiceProvider services) : IInterceptor
{
    private OpenlayerInterceptor? _interceptor;

    public void Intercept(IInvocation invocation)
    {
        if ((_interceptor ??= Find()) is { } interceptor)
        {
            interceptor.Intercept(invocation);
        }
        else
        {
            invocation.Proceed();
        }
    }

    private OpenlayerInterceptor? Find()
    {
        try
        {
            return TracerCreation.IsRunning ? null : services.GetService<OpenlayerInterceptor>();
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
    }
}
