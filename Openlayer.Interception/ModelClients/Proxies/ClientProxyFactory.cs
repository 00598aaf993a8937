using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Proxies for objects that exist already, made so that whoever is given one need not know: all members are the original's, also those
/// that are not virtual. One for each original and interceptor. Thread-safe.
/// </summary>
internal sealed class ClientProxyFactory(IInterceptor interceptor)
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ProxyGenerator Generator = new();

    // Weak in its keys: a proxy that was made lives as long as its original.
    private readonly ConditionalWeakTable<object, object> _proxies = [];

    /// <summary>A proxy in the place of the original. The original itself if there can be none.</summary>
    /// <param name="original">What is stood in for.</param>
    /// <param name="declared">The interface or class that it is known as.</param>
    public object For(object original, Type declared) =>
        ProxyUtil.IsProxy(original) ? original : _proxies.GetValue(original, found => Create(found, declared) ?? found);

    private object? Create(object original, Type declared)
    {
        if (declared.IsInterface)
        {
            var others = original.GetType().GetInterfaces().Where(other => other != declared && ProxyUtil.IsAccessible(other)).ToArray();
            return Generator.CreateInterfaceProxyWithTarget(declared, others, original, interceptor);
        }

        var type = Hierarchy(original.GetType()).FirstOrDefault(static found => found.IsVisible && !found.IsSealed);
        if (type is null
            || !declared.IsAssignableFrom(type)
            || type.GetConstructor(Declared, []) is not { IsPrivate: false, IsAssembly: false, IsFamilyAndAssembly: false })
        {
            return null;
        }

        // Where nothing stands between the original's class and the proxy's, the proxy is a copy, so that what the class calls on itself is
        // seen as well. Else its calls go to the original.
        var addsNothing = Hierarchy(original.GetType()).TakeWhile(found => found != type).All(static found =>
            found.GetMethods(Declared).Length == 0 && found.GetFields(Declared).Length == 0);
        var proxy = addsNothing
            ? Generator.CreateClassProxy(type, interceptor)
            : Generator.CreateClassProxyWithTarget(type, original, interceptor);
        foreach (var field in Hierarchy(type).SelectMany(static found => found.GetFields(Declared)))
        {
            field.SetValue(proxy, field.GetValue(original));
        }

        return proxy;
    }

    private static IEnumerable<Type> Hierarchy(Type type)
    {
        for (var found = type; found is not null && found != typeof(object); found = found.BaseType)
        {
            yield return found;
        }
    }
}
