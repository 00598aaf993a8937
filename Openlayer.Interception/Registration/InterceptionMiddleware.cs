using System.Runtime.CompilerServices;
using Autofac;
using Autofac.Core;
using Autofac.Core.Lifetime;
using Autofac.Core.Resolving.Pipeline;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception.Registration;

/// <summary>
/// Replaces the services that one registration of an Autofac container provides by traced proxies, outside its decorators and its sharing.
/// Thread-safe.
/// </summary>
/// <param name="service">The interface that is resolved.</param>
internal sealed class InterceptionMiddleware(Type service) : IResolveMiddleware
{
    // A shared service has one proxy, as it has one instance. Weak keys: a proxy lives as long as its target.
    private readonly ConditionalWeakTable<object, object> _proxies = [];

    public PipelinePhase Phase => PipelinePhase.ScopeSelection;

    public void Execute(ResolveRequestContext context, Action<ResolveRequestContext> next)
    {
        next(context);
        if (context.Instance is { } target)
        {
            context.Instance = context.Registration.Sharing == InstanceSharing.Shared
                ? _proxies.GetValue(target, found => ProxyOf(found, context))
                : ProxyOf(target, context);
        }
    }

    private object ProxyOf(object target, ResolveRequestContext context) => TracerCreation.IsRunning
        ? ServiceProxy.Create(service, target, new DeferredInterceptor(new ScopeServices(context.Resolve<ILifetimeScope>())))
        : context.Resolve<OpenlayerInterceptor>().Intercept(service, target, ScopeOf(context));

    private static ScopeServices? ScopeOf(ResolveRequestContext context) =>
        context.Registration.Lifetime is RootScopeLifetime ? null : new(context.ActivationScope);
}
