using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.Invocation;

/// <summary>A method or property of a model client that hands out another client, whose calls are traced too.</summary>
internal sealed class ClientFactoryMethod(ClientProxyFactory proxies, InternalLog faults) : IInterceptedMethod
{
    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is not { } client)
        {
            return;
        }

        try
        {
            invocation.ReturnValue = proxies.For(client, invocation.Method.ReturnType);
        }
        catch (Exception exception)
        {
            faults.Report("A client that was handed out could not be proxied; its calls are not traced.", exception);
        }
    }
}
