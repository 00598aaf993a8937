using Autofac.Builder;
using Autofac.Core;
using Autofac.Core.Resolving.Pipeline;
using Autofac.Features.Scanning;
using Castle.DynamicProxy;

namespace Autofac.Extras.DynamicProxy;

/// <summary>Intercepts the calls of registered components.</summary>
public static class RegistrationExtensions
{
    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TRegistrationStyle}(IRegistrationBuilder{TLimit, ScanningActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration) =>
        registration.EnableClassInterceptors(ProxyGenerationOptions.Default);

    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TRegistrationStyle}(IRegistrationBuilder{TLimit, ScanningActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration,
        Func<Type, bool> shouldIntercept) =>
        registration.EnableClassInterceptors(ProxyGenerationOptions.Default, shouldIntercept);

    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TRegistrationStyle}(IRegistrationBuilder{TLimit, ScanningActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration,
        ProxyGenerationOptions options,
        params Type[] additionalInterfaces) =>
        registration.EnableClassInterceptors(options, shouldIntercept: null, additionalInterfaces);

    /// <summary>
    /// Intercepts the virtual methods of the scanned classes. Each class is replaced with a generated subclass. The interceptors
    /// are those of <c>InterceptedBy</c>, then those of <see cref="InterceptAttribute"/> on the class, then on its interfaces.
    /// </summary>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TRegistrationStyle">The style of the registration.</typeparam>
    /// <param name="registration">The registration.</param>
    /// <param name="options">How the subclasses are generated: hook, mixins, selector. Default: <see cref="ProxyGenerationOptions.Default"/>.</param>
    /// <param name="shouldIntercept">Called once per class, when it is registered. False leaves the class unchanged. Default: all classes are intercepted.</param>
    /// <param name="additionalInterfaces">Interfaces that the subclasses also implement; their methods are implemented by the interceptors.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registration"/> or <paramref name="options"/> is null.</exception>
    public static IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, ScanningActivatorData, TRegistrationStyle> registration,
        ProxyGenerationOptions options,
        Func<Type, bool>? shouldIntercept,
        params Type[] additionalInterfaces)
    {
        ArgumentNullException.ThrowIfNull(registration);
        ArgumentNullException.ThrowIfNull(options);
        registration.ActivatorData.ConfigurationActions.Add(
            (_, scanned) => scanned.EnableClassInterceptors(options, shouldIntercept, additionalInterfaces));
        return registration;
    }

    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}(IRegistrationBuilder{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration)
        where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData =>
        registration.EnableClassInterceptors(ProxyGenerationOptions.Default);

    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}(IRegistrationBuilder{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration,
        Func<Type, bool> shouldIntercept)
        where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData =>
        registration.EnableClassInterceptors(ProxyGenerationOptions.Default, shouldIntercept);

    /// <inheritdoc cref="EnableClassInterceptors{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}(IRegistrationBuilder{TLimit, TConcreteReflectionActivatorData, TRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool}, Type[])"/>
    public static IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration,
        ProxyGenerationOptions options,
        params Type[] additionalInterfaces)
        where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData =>
        registration.EnableClassInterceptors(options, shouldIntercept: null, additionalInterfaces);

    /// <summary>
    /// Intercepts the virtual methods of the registered class, which is replaced with a generated subclass. The interceptors are
    /// those of <c>InterceptedBy</c>, then those of <see cref="InterceptAttribute"/> on the class, then on its interfaces. Optional
    /// constructor parameters keep their default values. <c>UsingConstructor</c> cannot be combined with it, because the constructors of the
    /// subclass take the interceptors first: before this call it makes building the container fail, and after it the call itself.
    /// </summary>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TConcreteReflectionActivatorData">The data of the registration's activator.</typeparam>
    /// <typeparam name="TRegistrationStyle">The style of the registration.</typeparam>
    /// <param name="registration">The registration.</param>
    /// <param name="options">How the subclass is generated: hook, mixins, selector. Default: <see cref="ProxyGenerationOptions.Default"/>.</param>
    /// <param name="shouldIntercept">Called once, by this method, with the class. False leaves the class unchanged. Default: the class is intercepted.</param>
    /// <param name="additionalInterfaces">Interfaces that the subclass also implements; their methods are implemented by the interceptors.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registration"/> or <paramref name="options"/> is null.</exception>
    public static IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> EnableClassInterceptors<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TConcreteReflectionActivatorData, TRegistrationStyle> registration,
        ProxyGenerationOptions options,
        Func<Type, bool>? shouldIntercept,
        params Type[] additionalInterfaces)
        where TConcreteReflectionActivatorData : ConcreteReflectionActivatorData
    {
        ArgumentNullException.ThrowIfNull(registration);
        ArgumentNullException.ThrowIfNull(options);
        if (shouldIntercept?.Invoke(registration.ActivatorData.ImplementationType) == false)
        {
            return registration;
        }

        var interception = new ClassInterception(registration.ActivatorData, options, additionalInterfaces ?? []);
        return registration.ConfigurePipeline(pipeline => pipeline.Use(interception));
    }

    /// <inheritdoc cref="EnableInterfaceInterceptors{TLimit, TActivatorData, TSingleRegistrationStyle}(IRegistrationBuilder{TLimit, TActivatorData, TSingleRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool})"/>
    public static IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration,
        ProxyGenerationOptions? options = null) =>
        registration.EnableInterfaceInterceptors(options, null);

    /// <inheritdoc cref="EnableInterfaceInterceptors{TLimit, TActivatorData, TSingleRegistrationStyle}(IRegistrationBuilder{TLimit, TActivatorData, TSingleRegistrationStyle}, ProxyGenerationOptions, Func{Type, bool})"/>
    public static IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration,
        Func<Type, bool> shouldIntercept) =>
        registration.EnableInterfaceInterceptors(null, shouldIntercept);

    /// <summary>
    /// Intercepts calls through interfaces. The container returns a proxy that implements all interfaces of the instance that are public,
    /// or internal and visible to DynamicProxyGenAssembly2. The interceptors are those of <c>InterceptedBy</c>, then
    /// those of <see cref="InterceptAttribute"/> on the class of the instance, then on its interfaces.
    /// </summary>
    /// <remarks>
    /// Resolving fails with an <see cref="InvalidOperationException"/> if the component is registered as anything other than such an interface,
    /// and with Castle's exception if the instance is a proxy itself or has an interface with a type argument that Castle cannot see. The
    /// lifetime scope disposes the instance itself. <c>OnActivating</c> and <c>OnActivated</c> receive the instance if they are added before this
    /// call, and the proxy if they are added after it. <c>OnRelease</c> always receives the proxy. A handler that receives the proxy needs a
    /// registration typed as an interface.
    /// </remarks>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TActivatorData">The data of the registration's activator.</typeparam>
    /// <typeparam name="TSingleRegistrationStyle">The style of the registration.</typeparam>
    /// <param name="registration">The registration.</param>
    /// <param name="options">How the proxy is generated: hook, mixins, selector. Default: <see cref="ProxyGenerationOptions.Default"/>.</param>
    /// <param name="shouldIntercept">Called for each activated instance, with its class. False returns the instance itself. Default: all instances are intercepted.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="registration"/> is null.</exception>
    public static IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> EnableInterfaceInterceptors<TLimit, TActivatorData, TSingleRegistrationStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TSingleRegistrationStyle> registration,
        ProxyGenerationOptions? options,
        Func<Type, bool>? shouldIntercept)
    {
        ArgumentNullException.ThrowIfNull(registration);
        var interception = new InterfaceInterception(options ?? ProxyGenerationOptions.Default, shouldIntercept);
        return registration.ConfigurePipeline(pipeline => pipeline.Use(interception, MiddlewareInsertionMode.StartOfPhase));
    }

    /// <summary>Adds interceptors to the component, resolved as these services, in this order. Calls are cumulative.</summary>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TActivatorData">The data of the registration's activator.</typeparam>
    /// <typeparam name="TStyle">The style of the registration.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="interceptorServices">The services.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/>, the services or one of them is null.</exception>
    public static IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder,
        params Service[] interceptorServices)
    {
        ArgumentNullException.ThrowIfNull(builder);
        RequireAll(interceptorServices, nameof(interceptorServices));
        InterceptorServices.Add(builder.RegistrationData, interceptorServices);
        return builder;
    }

    /// <summary>
    /// Adds interceptors to the component, resolved as <see cref="IInterceptor"/> by these names, in this order. Calls are cumulative.
    /// </summary>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TActivatorData">The data of the registration's activator.</typeparam>
    /// <typeparam name="TStyle">The style of the registration.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="interceptorServiceNames">The names.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/>, the names or one of them is null.</exception>
    public static IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder,
        params string[] interceptorServiceNames)
    {
        RequireAll(interceptorServiceNames, nameof(interceptorServiceNames));
        return builder.InterceptedBy(Array.ConvertAll(interceptorServiceNames, InterceptorServices.Named));
    }

    /// <summary>Adds interceptors to the component, resolved as these types, in this order. Calls are cumulative.</summary>
    /// <typeparam name="TLimit">The type that the registration's instances are limited to.</typeparam>
    /// <typeparam name="TActivatorData">The data of the registration's activator.</typeparam>
    /// <typeparam name="TStyle">The style of the registration.</typeparam>
    /// <param name="builder">The registration.</param>
    /// <param name="interceptorServiceTypes">The types.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/>, the types or one of them is null.</exception>
    public static IRegistrationBuilder<TLimit, TActivatorData, TStyle> InterceptedBy<TLimit, TActivatorData, TStyle>(
        this IRegistrationBuilder<TLimit, TActivatorData, TStyle> builder,
        params Type[] interceptorServiceTypes)
    {
        RequireAll(interceptorServiceTypes, nameof(interceptorServiceTypes));
        return builder.InterceptedBy(Array.ConvertAll(interceptorServiceTypes, InterceptorServices.Typed));
    }

    private static void RequireAll(object?[]? items, string name)
    {
        ArgumentNullException.ThrowIfNull(items, name);
        if (Array.IndexOf(items, null) >= 0)
        {
            throw new ArgumentNullException(name);
        }
    }
}
