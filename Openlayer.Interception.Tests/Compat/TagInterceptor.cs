using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

/// <summary>Puts its tag around every string that a call returns, so that a result tells who saw it, innermost first.</summary>
public class TagInterceptor(string tag) : IInterceptor
{
    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is string result)
        {
            invocation.ReturnValue = $"{tag}({result})";
        }
    }
}

public sealed class A() : TagInterceptor("A");

public sealed class B() : TagInterceptor("B");

public sealed class C() : TagInterceptor("C");
