using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception;

/// <summary>Adapts an <see cref="IAsyncInterceptor"/> to Castle's <see cref="IInterceptor"/>. As thread-safe as the adapted interceptor.</summary>
public sealed class AsyncInterceptorAdapter : IInterceptor
{
    private readonly TypeCache<Action<IInvocation>> _members;

    /// <summary>Adapts an interceptor.</summary>
    /// <param name="interceptor">The interceptor that calls are passed to.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interceptor"/> is null.</exception>
    public AsyncInterceptorAdapter(IAsyncInterceptor interceptor)
    {
        ArgumentNullException.ThrowIfNull(interceptor);
        _members = new TypeCache<Action<IInvocation>>(returnType => ReturnShape.Of(returnType).Bind(interceptor));
    }

    /// <summary>Passes the call to the member for the shape of the method's return type.</summary>
    /// <param name="invocation">The call.</param>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        _members.Get(invocation.Method.ReturnType)(invocation);
    }
}
