using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Creates proxies of services. A proxy implements every interface of its target that Castle DynamicProxy can see. A proxy of a client's class
/// derives from the class that the client's library has for decorators.
/// </summary>
internal static class ServiceProxy
{
    private static readonly ProxyGenerator Generator = new();

    private static readonly Type[] Disposables = [typeof(IDisposable), typeof(IAsyncDisposable)];

    private static readonly TypeCache<Type[]> Interfaces = new(static target =>
    [
        .. target.GetInterfaces().Where(static candidate => candidate != typeof(IProxyTargetAccessor) && IsVisible(candidate)),
    ]);

    /// <summary>Returns why the services of a type are not traced, as part of a sentence. Null if they are.</summary>
    /// <param name="service">The type of the services.</param>
    /// <param name="implementation">Their class. Null if it is not known.</param>
    public static string? WhyNot(Type service, Type? implementation = null) =>
        WhyNotVisible(service) ?? WhyExcluded(service) ?? (implementation is null ? null : WhyExcluded(implementation));

    /// <summary>Returns why the calls of a class are not traced that a proxy derives from. Null if they are.</summary>
    public static string? WhyNotClass(Type implementation) =>
        implementation.IsSealed ? $"{implementation} is sealed"
        : !IsVisible(implementation) ? NotVisible(implementation)
        : !Array.Exists(implementation.GetMethods(), static method => method is { IsVirtual: true, IsFinal: false, IsSpecialName: false } && method.DeclaringType != typeof(object))
            ? $"{implementation} has no virtual methods"
        : WhyExcluded(implementation);

    /// <summary>Returns why no proxy can implement a type. Null if one can.</summary>
    public static string? WhyNotVisible(Type service) =>
        !service.IsInterface && ClientRecognizer.DecoratorOf(service) is null ? WhyNoInterface(service)
        : !IsVisible(service) ? NotVisible(service)
        : null;

    /// <param name="service">A type that <see cref="WhyNot"/> does not object to.</param>
    /// <param name="target">Receives the calls.</param>
    /// <param name="interceptors">The interceptors, in the order of the calls.</param>
    public static object Create(Type service, object target, params IInterceptor[] interceptors) =>
        service.IsInterface
            ? Generator.CreateInterfaceProxyWithTarget(service, Interfaces.Get(target.GetType()), target, interceptors)
            : Generator.CreateClassProxy(
                ClientRecognizer.DecoratorOf(service)!,
                [.. Disposables.Where(disposable => disposable.IsInstanceOfType(target))],
                ProxyGenerationOptions.Default,
                [target],
                [.. interceptors, new DecoratedDisposal(target)]);

    private static string WhyNoInterface(Type service) =>
        service.SelfAndBases().FirstOrDefault(static found => ClientRecognizer.DecoratorOf(found) is not null) is { } client
            ? $"{service} is not an interface. Name {client} instead"
            : $"{service} is not an interface";

    /// <summary>Disposes the target of a decorator, which does not do it itself.</summary>
    private sealed class DecoratedDisposal(object target) : IInterceptor
    {
        public void Intercept(IInvocation invocation)
        {
            if (Array.IndexOf(Disposables, invocation.Method.DeclaringType) >= 0)
            {
                invocation.ReturnValue =
                    invocation.Method.Invoke(target, BindingFlags.DoNotWrapExceptions, binder: null, invocation.Arguments, culture: null);
            }
            else
            {
                invocation.Proceed();
            }
        }
    }

    private static string NotVisible(Type type)
    {
        const string Advice = "is not visible to Castle DynamicProxy. Make it public, or add [assembly: InternalsVisibleTo(\"DynamicProxyGenAssembly2\")] to its assembly";
        var hidden = type;
        while (Array.Find(hidden.GetGenericArguments(), static argument => !IsVisible(argument)) is { } argument)
        {
            hidden = argument;
        }

        return hidden == type ? $"{type} {Advice}" : $"The type argument {hidden} of {type} {Advice}";
    }

    private static string? WhyExcluded(Type type) => type.IsDefined(typeof(NoTraceAttribute), inherit: true) ? $"{type} has [NoTrace]" : null;

    private static bool IsVisible(Type type) =>
        type.IsGenericParameter || (ProxyUtil.IsAccessible(type) && Array.TrueForAll(type.GetGenericArguments(), IsVisible));
}
