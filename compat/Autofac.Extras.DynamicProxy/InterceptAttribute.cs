using Autofac.Core;

namespace Autofac.Extras.DynamicProxy;

/// <summary>
/// Names an interceptor of the annotated class or interface. The registration must also enable interception. The attribute can be applied
/// several times, and derived classes inherit it.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface, AllowMultiple = true)]
public class InterceptAttribute : Attribute
{
    /// <summary>Names the interceptor by the service it is registered as.</summary>
    /// <param name="interceptorService">The service.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interceptorService"/> is null.</exception>
    public InterceptAttribute(Service interceptorService)
    {
        ArgumentNullException.ThrowIfNull(interceptorService);
        InterceptorService = interceptorService;
    }

    /// <summary>Names the interceptor by the name it is registered under as an <see cref="Castle.DynamicProxy.IInterceptor"/>.</summary>
    /// <param name="interceptorServiceName">The name.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interceptorServiceName"/> is null.</exception>
    public InterceptAttribute(string interceptorServiceName)
        : this(InterceptorServices.Named(interceptorServiceName))
    {
    }

    /// <summary>Names the interceptor by the type it is registered as.</summary>
    /// <param name="interceptorServiceType">The type.</param>
    /// <exception cref="ArgumentNullException"><paramref name="interceptorServiceType"/> is null.</exception>
    public InterceptAttribute(Type interceptorServiceType)
        : this(InterceptorServices.Typed(interceptorServiceType))
    {
    }

    /// <summary>The service that the interceptor is resolved as.</summary>
    public Service InterceptorService { get; private set; }
}
