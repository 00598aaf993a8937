using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Proxies;

namespace Openlayer.Interception.Invocation;

/// <summary>A method or property of a model client that returns another client. The returned client is replaced by a traced proxy.</summary>
internal sealed class ClientFactoryMethod(ClientProxyFactory proxies, InternalLog log) : IInterceptedMethod
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
            invocation.ReturnValue = proxies.ProxyOf(client, invocation.Method.ReturnType);
        }
        catch (Exception exception)
        {
            log.Report(ModelClientEvents.ClientNotProxied, exception);
        }
    }
}
