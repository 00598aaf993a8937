using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.ModelClients.Proxies;

/// <summary>
/// Creates proxies of existing clients. A proxy behaves as the original does, members that are not virtual included. There is one proxy for
/// each original. Thread-safe.
/// </summary>
/// <param name="interceptor">The interceptor of the proxies.</param>
internal sealed class ClientProxyFactory(IInterceptor interceptor)
{
    private const BindingFlags Declared =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ProxyGenerator Generator = new();

    // Weak in its keys: a proxy lives as long as its original.
    private readonly ConditionalWeakTable<object, object> _proxies = [];

    /// <summary>The proxy of a client. The client itself if it is a proxy already, or none can be created.</summary>
    /// <param name="original">The client.</param>
    /// <param name="declared">The interface or class that the factory member returns.</param>
    public object ProxyOf(object original, Type declared) =>
        ProxyUtil.IsProxy(original) ? original : _proxies.GetValue(original, found => Create(found, declared) ?? found);

    private object? Create(object original, Type declared)
    {
        if (declared.IsInterface)
        {
            var others = original.GetType().GetInterfaces().Where(other => other != declared && ProxyUtil.IsAccessible(other)).ToArray();
            return Generator.CreateInterfaceProxyWithTarget(declared, others, original, interceptor);
        }

        var type = original.GetType().SelfAndBases().FirstOrDefault(static found => found.IsVisible && !found.IsSealed);
        if (type is null || !declared.IsAssignableFrom(type))
        {
            return null;
        }

        // If the proxy can derive from the original's own class, it is a copy, so that calls the class makes on itself are intercepted too. If
        // a hidden class stands between them, calls go to the original.
        var addsNothing = original.GetType().SelfAndBases().TakeWhile(found => found != type).All(static found =>
            found.GetMethods(Declared).Length == 0 && found.GetFields(Declared).Length == 0);
        var clients = ClientRecognizer.InterfacesOf(type);
        var proxy = addsNothing
            ? Instance(Generator.ProxyBuilder.CreateClassProxyType(type, clients, ProxyGenerationOptions.Default))
            : Instance(Generator.ProxyBuilder.CreateClassProxyTypeWithTarget(type, clients, ProxyGenerationOptions.Default), original);
        foreach (var field in type.SelfAndBases().SelectMany(static found => found.GetFields(Declared)))
        {
            field.SetValue(proxy, field.GetValue(original));
        }

        return proxy;
    }

    // No constructor runs: the proxy gets the state of the original, and a constructor could need arguments or have effects.
    private object Instance(Type proxyType, object? target = null)
    {
        var proxy = RuntimeHelpers.GetUninitializedObject(proxyType);
        SetField(proxy, "__interceptors", new[] { interceptor });
        if (target is not null)
        {
            SetField(proxy, "__target", target);
        }

        return proxy;
    }

    private static void SetField(object proxy, string name, object value) =>
        (proxy.GetType().GetField(name, Declared) ?? throw new MissingFieldException(proxy.GetType().FullName, name)).SetValue(proxy, value);
}
