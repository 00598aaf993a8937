using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// <c>GetService(Type, object)</c> of a model client, which the layers of a pipeline use to find each other. A traced client also returns
/// its <see cref="OpenlayerInterceptor"/>, so that the layers around it can be recognised.
/// </summary>
internal sealed class ClientServiceMethod(OpenlayerInterceptor interceptor) : IInterceptedMethod
{
    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is null && invocation.Arguments is [Type requested, null] && requested == typeof(OpenlayerInterceptor))
        {
            invocation.ReturnValue = interceptor;
        }
    }
}
