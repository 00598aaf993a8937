using Castle.DynamicProxy;

namespace Openlayer.Interception.Interception;

/// <summary>
/// Stands in for a stream that callers know as a class: a proxy derived from that class, whose enumerator is the observed one and whose
/// other members are the stream's.
/// </summary>
internal sealed class StreamClassInterceptor<T> : IInterceptor
{
    private static readonly ProxyGenerator Generator = new();

    private readonly ObservedStream<T> _observed;

    private StreamClassInterceptor(ObservedStream<T> observed) => _observed = observed;

    public static object Proxy<TObserver>(Type proxyBase, IAsyncEnumerable<T> stream, TObserver observer)
        where TObserver : struct, ICallObserver =>
        Generator.CreateClassProxyWithTarget(
            proxyBase,
            stream,
            new StreamClassInterceptor<T>(new ObservedStream<T>(stream, observer.OpenStream<T>())));

    public void Intercept(IInvocation invocation)
    {
        if (invocation.Method.ReturnType == typeof(IAsyncEnumerator<T>) && invocation.Arguments is [CancellationToken cancellationToken])
        {
            invocation.ReturnValue = _observed.GetAsyncEnumerator(cancellationToken);
        }
        else
        {
            invocation.Proceed();
        }
    }
}
