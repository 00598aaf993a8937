using Castle.DynamicProxy;

namespace Openlayer.Interception.Invocation;

/// <summary>A method whose calls are intercepted.</summary>
internal interface IInterceptedMethod
{
    void Intercept(IInvocation invocation);
}
