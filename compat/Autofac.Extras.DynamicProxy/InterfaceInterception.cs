using Autofac.Core;
using Autofac.Core.Resolving.Pipeline;
using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>Replaces an activated instance with a proxy that implements its interfaces.</summary>
internal sealed class InterfaceInterception(ProxyGenerationOptions options, Func<Type, bool>? shouldIntercept) : IResolveMiddleware
{
    public PipelinePhase Phase => PipelinePhase.Activation;

    public void Execute(ResolveRequestContext context, Action<ResolveRequestContext> next)
    {
        next(context);

        var target = context.Instance!;
        if (shouldIntercept?.Invoke(target.GetType()) != false)
        {
            RequireInterface(context);
            context.Instance = Proxy(target, context);
        }
    }

    private static void RequireInterface(ResolveRequestContext context)
    {
        // A service without a type, such as that of auto-activation, does not show how the instance is used.
        if (context.Service is IServiceWithType { ServiceType: var type } && !(type.IsInterface && ProxyAssembly.CanSee(type)))
        {
            throw new InvalidOperationException(
                $"Interface interception is enabled on {context.Registration.Activator.LimitType}, but it is resolved as {type}, which is " +
                "not an interface that a proxy can implement. Register it with As<...>() a public interface, or an internal one whose " +
                "assembly has [assembly: InternalsVisibleTo(\"DynamicProxyGenAssembly2\")], and resolve it as that; or enable " +
                "interception with EnableClassInterceptors().");
        }
    }

    private object Proxy(object target, ResolveRequestContext context)
    {
        var interfaces = target.GetType().GetInterfaces().Where(IsProxied).ToArray();
        return interfaces.Length == 0
            ? target
            : ProxyAssembly.Generator.CreateInterfaceProxyWithTarget(
                interfaces[0],
                interfaces[1..],
                target,
                options,
                InterceptorServices.Resolve(context, InterceptorServices.DeclaredOn(target.GetType())));
    }

    /// <summary>Every visible interface, except the one that every proxy implements itself: the target can be a proxy too.</summary>
    private static bool IsProxied(Type contract) => contract != typeof(IProxyTargetAccessor) && ProxyAssembly.CanSee(contract);
}
