using Castle.DynamicProxy;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Keeps the container from disposing an instance that the application registered, and owns. The container disposes what a factory returns,
/// such as the proxy, after its scope has closed. The application's own calls of Dispose reach the instance.
/// </summary>
/// <param name="services">The scope that disposes the proxy.</param>
internal sealed class InstanceDisposal(IServiceProvider services) : IInterceptor
{
    public void Intercept(IInvocation invocation)
    {
        switch (invocation.Method.Name)
        {
            case nameof(IDisposable.Dispose) when invocation.Method.DeclaringType == typeof(IDisposable) && IsClosed():
                return;
            case nameof(IAsyncDisposable.DisposeAsync) when invocation.Method.DeclaringType == typeof(IAsyncDisposable) && IsClosed():
                invocation.ReturnValue = default(ValueTask);
                return;
            default:
                invocation.Proceed();
                return;
        }
    }

    private bool IsClosed()
    {
        try
        {
            services.GetService(typeof(IServiceProvider));
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }
}
