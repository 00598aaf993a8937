using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Interception;

namespace Openlayer.Interception.Calls;

/// <summary>A method or property of a model client that hands out another client, whose calls are traced too.</summary>
internal sealed class ClientFactoryMethod(StandIn standIns, FaultLog faults) : IInterceptedMethod
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
            invocation.ReturnValue = standIns.For(client, invocation.Method.ReturnType);
        }
        catch (Exception exception)
        {
            faults.Report("A client that was handed out could not be proxied; its calls are not traced.", exception);
        }
    }
}
