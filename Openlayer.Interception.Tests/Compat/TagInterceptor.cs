using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

/// <summary>Wraps every returned string in its tag, so that a result shows which interceptors ran, innermost first.</summary>
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
