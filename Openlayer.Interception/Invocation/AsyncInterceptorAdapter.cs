using System.Runtime.CompilerServices;
using Castle.DynamicProxy;
using Openlayer.Interception.Invocation;

namespace Openlayer.Interception;

/// <summary>Makes a Castle <see cref="IInterceptor"/> of an <see cref="IAsyncInterceptor"/>. As thread-safe as what it adapts.</summary>
/// <param name="interceptor">The interceptor to hand calls to.</param>
public sealed class AsyncInterceptorAdapter(IAsyncInterceptor interceptor) : IInterceptor
{
    private readonly IAsyncInterceptor _interceptor = interceptor ?? throw new ArgumentNullException(nameof(interceptor));

    // The member for each return type. Weak in its keys, so that collectible assemblies stay collectible.
    private readonly ConditionalWeakTable<Type, Action<IInvocation>> _members = [];

    /// <summary>Hands the call to the member for the shape of the method's return type.</summary>
    /// <param name="invocation">The call.</param>
    public void Intercept(IInvocation invocation)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        var returnType = invocation.Method.ReturnType;
        var member = _members.TryGetValue(returnType, out var known) ? known : _members.GetValue(returnType, Bind);
        member(invocation);
    }

    private Action<IInvocation> Bind(Type returnType) => ReturnShape.Of(returnType).Bind(_interceptor);
}
