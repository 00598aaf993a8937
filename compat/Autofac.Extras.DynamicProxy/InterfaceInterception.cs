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
            RequireInterfaces(context.Registration);
            context.Instance = Proxy(target, context);
        }
    }

    /// <summary>Refuses a component as the package does: if any service that it is registered as cannot be a proxy, whichever is resolved.</summary>
    private static void RequireInterfaces(IComponentRegistration registration)
    {
        if (registration.Services.OfType<IServiceWithType>().Any(service => !service.ServiceType.IsInterface || !ProxyUtil.IsAccessible(service.ServiceType)))
        {
            throw new InvalidOperationException(
                $"The component {registration} cannot use interface interception as it provides services that are not publicly visible interfaces. "
                + "Register it with As<...>() public interfaces only, or internal ones whose assembly has "
                + "[assembly: InternalsVisibleTo(\"DynamicProxyGenAssembly2\")]; or enable interception with EnableClassInterceptors().");
        }
    }

    /// <summary>Castle refuses an instance that is a proxy itself, and an interface with a type argument that it cannot see.</summary>
    private object Proxy(object target, ResolveRequestContext context)
    {
        var interfaces = target.GetType().GetInterfaces().Where(ProxyUtil.IsAccessible).ToArray();
        return interfaces.Length == 0
            ? target
            : ProxyAssembly.Generator.CreateInterfaceProxyWithTarget(
                interfaces[0],
                interfaces[1..],
                target,
                options,
                InterceptorServices.Resolve(context, InterceptorServices.DeclaredOn(target.GetType())));
    }
}
