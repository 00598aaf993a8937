using System.Reflection;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>The framework's own proxy, which only invokes the target.</summary>
public class PassThroughDispatchProxy : DispatchProxy
{
    private object _target = null!;

    public static T Create<T>(T target)
        where T : class
    {
        var proxy = Create<T, PassThroughDispatchProxy>();
        ((PassThroughDispatchProxy)(object)proxy)._target = target;
        return proxy;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Invoke(_target, args);
}
