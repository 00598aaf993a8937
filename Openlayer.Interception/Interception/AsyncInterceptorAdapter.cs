using Castle.DynamicProxy;
using Openlayer.Interception.Interception;

namespace Openlayer.Interception;

/// <summary>Makes a Castle <see cref="IInterceptor"/> of an <see cref="IAsyncInterceptor"/>. As thread-safe as what it adapts.</summary>
/// <param name="interceptor">The interceptor to hand calls to.</param>
public sealed class AsyncInterceptorAdapter(IAsyncInterceptor interceptor) : IInterceptor
{
    private readonly IAsyncInterceptor _interceptor = interceptor ?? throw new ArgumentNullException(nameof(interceptor));

    /// <summary>Hands the call to the member for the shape of the method's return type.</summary>
    /// <param name="invocation">The call.</param>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        ReturnShape.Of(invocation.Method.ReturnType).Dispatch(_interceptor, invocation);
    }
}
