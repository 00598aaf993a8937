using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// <c>GetService(Type, object)</c> of a model client, by which the layers of a pipeline are asked for what they are. A traced client says
/// so: it gives its interceptor to whoever asks for that.
/// </summary>
internal sealed class ClientServiceMethod(OpenlayerInterceptor interceptor) : IInterceptedMethod
{
    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is null && invocation.Arguments is [Type asked, null] && asked == typeof(OpenlayerInterceptor))
        {
            invocation.ReturnValue = interceptor;
        }
    }
}
