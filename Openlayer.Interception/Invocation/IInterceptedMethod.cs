using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>A method whose calls do not just go through.</summary>
internal interface IInterceptedMethod
{
    void Intercept(IInvocation invocation);
}
