using Autofac.Builder;
using Autofac.Core;
using Autofac.Core.Resolving.Pipeline;
using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>Supplies the constructor arguments that a generated subclass takes in addition to those of the registered class.</summary>
internal sealed class ClassInterception : IResolveMiddleware
{
    private readonly ProxyGenerationOptions _options;
    private readonly Service[] _declared;
    private readonly ProxiedDefaultParameter _defaults;

    /// <summary>Replaces the registered class with a generated subclass.</summary>
    public ClassInterception(ReflectionActivatorData activator, ProxyGenerationOptions options, Type[] additionalInterfaces)
    {
        var proxied = activator.ImplementationType;
        var proxy = ProxyAssembly.Generator.ProxyBuilder.CreateClassProxyType(proxied, additionalInterfaces, options);
        activator.ImplementationType = proxy;

        _options = options;
        _declared = InterceptorServices.DeclaredOn(proxy);
        _defaults = new ProxiedDefaultParameter(proxied, proxy, LeadingArguments([]).Count(), activator.ConfiguredParameters);
    }

    public PipelinePhase Phase => PipelinePhase.ParameterSelection;

    public void Execute(ResolveRequestContext context, Action<ResolveRequestContext> next)
    {
        var leading = LeadingArguments(InterceptorServices.Resolve(context, _declared))
            .Select((argument, position) => new PositionalParameter(position, argument));
        context.ChangeParameters([.. leading, .. context.Parameters, _defaults]);
        next(context);
    }

    /// <summary>The leading arguments of every constructor of the subclass.</summary>
    private IEnumerable<object?> LeadingArguments(IInterceptor[] interceptors)
    {
        IEnumerable<object?> arguments = [.. _options.MixinData.Mixins, interceptors];
        return _options.Selector is { } selector ? arguments.Append(selector) : arguments;
    }
}
