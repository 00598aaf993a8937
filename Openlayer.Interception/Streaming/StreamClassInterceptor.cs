using Castle.DynamicProxy;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Stands in for a stream that callers know as a class: a proxy derived from that class, whose enumerator is the observed one and whose
/// other members are the stream's.
/// </summary>
internal sealed class StreamClassInterceptor<T> : IInterceptor
{
    private static readonly ProxyGenerator Generator = new();

    // Null while the proxy is being constructed: the stream's step is to have a stream only if there will be a proxy.
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
