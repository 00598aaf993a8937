using Castle.DynamicProxy;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Intercepts a proxy that replaces a stream that is declared as a class. The enumerator is observed; other members are forwarded.
/// </summary>
internal sealed class StreamClassInterceptor<T> : IInterceptor
{
    private static readonly ProxyGenerator Generator = new();

    // Null until the proxy has been created. If creating it fails, no observer is opened.
    private ObservedStream<T>? _observed;

    private StreamClassInterceptor()
    {
    }

    public static object Proxy<TObserver>(Type proxyBase, IAsyncEnumerable<T> stream, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var interceptor = new StreamClassInterceptor<T>();
        var proxy = Generator.CreateClassProxyWithTarget(proxyBase, stream, interceptor);
        interceptor._observed = new ObservedStream<T>(stream, new(observer.OpenStream<T>()));
        return proxy;
    }

    public void Intercept(IInvocation invocation)
    {
        if (_observed is { } observed
            && invocation.Method.ReturnType == typeof(IAsyncEnumerator<T>)
            && invocation.Arguments is [CancellationToken cancellationToken])
        {
            invocation.ReturnValue = observed.GetAsyncEnumerator(cancellationToken);
        }
        else
        {
            invocation.Proceed();
        }
    }
}
