using System.Diagnostics;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// <c>GetService(Type, object)</c> of a model client, which the layers of a pipeline use to find each other. A traced client also returns
/// its <see cref="OpenlayerInterceptor"/>, so that the layers around it can be recognised; and a source of spans, if it has none, so that a
/// layer that calls functions reports the calls.
/// </summary>
/// <param name="interceptor">The client's interceptor.</param>
/// <param name="spans">The source of spans. Null if no functions are called for the client.</param>
internal sealed class ClientServiceMethod(OpenlayerInterceptor interceptor, ActivitySource? spans) : IInterceptedMethod
{
    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is null && invocation.Arguments is [Type requested, null])
        {
            invocation.ReturnValue =
                requested == typeof(OpenlayerInterceptor) ? interceptor
                : requested == typeof(ActivitySource) ? spans
                : null;
        }
    }
}
