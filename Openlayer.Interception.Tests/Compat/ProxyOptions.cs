using System.Reflection;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

/// <summary>Proxy generation options for tests.</summary>
public static class ProxyOptions
{
    public interface ICounter
    {
        int Count { get; }
    }

    public interface IName
    {
        string Name { get; }
    }

    public static ProxyGenerationOptions WithHookFor(string method) => new(new OnlyHook(method));

    public static ProxyGenerationOptions WithSelectorOfFirst() => new() { Selector = new FirstSelector() };

    public static ProxyGenerationOptions WithMixin()
    {
        var options = new ProxyGenerationOptions();
        options.AddMixinInstance(new CounterAndName());
        return options;
    }

    private sealed class OnlyHook(string method) : AllMethodsHook
    {
        public override bool ShouldInterceptMethod(Type type, MethodInfo methodInfo) => methodInfo.Name == method;
    }

    private sealed class FirstSelector : IInterceptorSelector
    {
        public IInterceptor[] SelectInterceptors(Type? type, MethodInfo method, IInterceptor[] interceptors) => interceptors[..1];
    }

    private sealed class CounterAndName : ICounter, IName
    {
        public int Count => 7;

        public string Name => "mixin";
    }
}
