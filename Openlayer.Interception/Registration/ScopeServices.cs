using Autofac;
using Microsoft.Extensions.DependencyInjection;

namespace Openlayer.Interception.Registration;

/// <summary>The services of a lifetime scope of Autofac, and new scopes within it.</summary>
internal sealed class ScopeServices(ILifetimeScope scope) : IServiceProvider, IServiceScopeFactory
{
    public object? GetService(Type serviceType) => serviceType == typeof(IServiceScopeFactory) ? this : scope.ResolveOptional(serviceType);

    public IServiceScope CreateScope() => new Inner(scope.BeginLifetimeScope());

    private sealed class Inner(ILifetimeScope scope) : IServiceScope, IAsyncDisposable
    {
        public IServiceProvider ServiceProvider { get; } = new ScopeServices(scope);

        public void Dispose() => scope.Dispose();

        public ValueTask DisposeAsync() => scope.DisposeAsync();
    }
}
