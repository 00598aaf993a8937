using Castle.DynamicProxy;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>Creates proxies of services. A proxy implements every interface of its target that Castle DynamicProxy can see.</summary>
internal static class ServiceProxy
{
    private static readonly ProxyGenerator Generator = new();

    private static readonly TypeCache<Type[]> Interfaces = new(static target =>
    [
        .. target.GetInterfaces().Where(static candidate => candidate != typeof(IProxyTargetAccessor) && IsVisible(candidate)),
    ]);

    /// <summary>Returns why the services of a type are not traced, as part of a sentence. Null if they are.</summary>
    public static string? WhyNot(Type service) =>
        WhyNotVisible(service) ?? (service.IsDefined(typeof(NoTraceAttribute), inherit: true) ? $"{service} has [NoTrace]" : null);

    /// <summary>Returns why no proxy can implement a type. Null if one can.</summary>
    public static string? WhyNotVisible(Type service) =>
        !service.IsInterface ? $"{service} is not an interface"
        : !IsVisible(service)
            ? $"{service} is not visible to Castle DynamicProxy. Make it public, or add [assembly: InternalsVisibleTo(\"DynamicProxyGenAssembly2\")] to its assembly"
        : null;

    /// <param name="service">An interface that <see cref="WhyNot"/> does not object to.</param>
    /// <param name="target">Receives the calls.</param>
    /// <param name="interceptors">The interceptors, in the order of the calls.</param>
    public static object Create(Type service, object target, params IInterceptor[] interceptors) =>
        Generator.CreateInterfaceProxyWithTarget(service, Interfaces.Get(target.GetType()), target, interceptors);

    private static bool IsVisible(Type type) =>
        type.IsGenericParameter || (ProxyUtil.IsAccessible(type) && Array.TrueForAll(type.GetGenericArguments(), IsVisible));
}
