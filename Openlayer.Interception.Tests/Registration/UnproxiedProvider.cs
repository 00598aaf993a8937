using Castle.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>Resolves the targets of proxied services, for tests that compare them with classes and instances.</summary>
internal sealed class UnproxiedProvider(IServiceProvider provider, IServiceScopeFactory? scopes = null) : IKeyedServiceProvider, ISupportRequiredService, IDisposable, IAsyncDisposable
{
    private IServiceScopeFactory? _scopes = scopes;

    public object? GetService(Type serviceType) => Unwrap(provider.GetService(serviceType), serviceType);

    public object GetRequiredService(Type serviceType) => Unwrap(provider.GetRequiredService(serviceType), serviceType)!;

    public object? GetKeyedService(Type serviceType, object? serviceKey) =>
        Unwrap(((IKeyedServiceProvider)provider).GetKeyedService(serviceType, serviceKey), serviceType);

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
        Unwrap(((IKeyedServiceProvider)provider).GetRequiredKeyedService(serviceType, serviceKey), serviceType)!;

    public void Dispose() => ((IDisposable)provider).Dispose();

    public ValueTask DisposeAsync() => ((IAsyncDisposable)provider).DisposeAsync();

    private object? Unwrap(object? service, Type type)
    {
        switch (service)
        {
            case IServiceScopeFactory found when type == typeof(IServiceScopeFactory):
                return _scopes ??= new Scopes(found);
            case Array items when type.IsConstructedGenericType:
                for (var index = 0; index < items.Length; index++)
                {
                    items.SetValue(ProxyUtil.GetUnproxiedInstance(items.GetValue(index)!), index);
                }

                return items;
            case null:
                return null;
            default:
                return ProxyUtil.GetUnproxiedInstance(service);
        }
    }

    private sealed class Scopes(IServiceScopeFactory scopes) : IServiceScopeFactory
    {
        public IServiceScope CreateScope() => new Scope(scopes.CreateScope(), this);
    }

    private sealed class Scope(IServiceScope scope, Scopes scopes) : IServiceScope, IAsyncDisposable
    {
        public IServiceProvider ServiceProvider { get; } = new UnproxiedProvider(scope.ServiceProvider, scopes);

        public void Dispose() => scope.Dispose();

        public ValueTask DisposeAsync() => ((IAsyncDisposable)scope).DisposeAsync();
    }
}
