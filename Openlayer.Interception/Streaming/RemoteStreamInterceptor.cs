using Castle.DynamicProxy;

namespace Openlayer.Interception.Streaming;

/// <summary>Intercepts the reader of a gRPC call's responses, <c>IAsyncStreamReader</c>, and reports each message and the end.</summary>
internal sealed class RemoteStreamInterceptor<T> : IInterceptor
{
    private static readonly ProxyGenerator Generator = new();

    private readonly Func<T> _current;
    private Enumeration<T>? _enumeration;

    private RemoteStreamInterceptor(Func<T> current)
    {
        _current = current;
    }

    /// <summary>Returns a reader that is observed, and its enumeration.</summary>
    public static (object Reader, Enumeration<T> Enumeration) Proxy<TObserver>(Type readerType, object reader, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        var interceptor = new RemoteStreamInterceptor<T>(readerType.GetProperty("Current")!.GetMethod!.CreateDelegate<Func<T>>(reader));
        var proxy = Generator.CreateInterfaceProxyWithTarget(readerType, reader, interceptor);
        var enumeration = new Enumeration<T>(observer.OpenStream<T>());
        interceptor._enumeration = enumeration;
        return (proxy, enumeration);
    }

    public void Intercept(IInvocation invocation)
    {
        if (_enumeration is not { } enumeration || invocation.Method.ReturnType != typeof(Task<bool>))
        {
            invocation.Proceed();
            return;
        }

        enumeration.Observer.OnMoveNext();
        var scope = enumeration.Observer.Scope;
        var entered = scope.Enter();
        try
        {
            invocation.Proceed();
        }
        finally
        {
            scope.Leave(entered);
        }

        invocation.ReturnValue = Observe((Task<bool>)invocation.ReturnValue!, enumeration);
    }

    private async Task<bool> Observe(Task<bool> moved, Enumeration<T> enumeration)
    {
        bool isMoved;
        try
        {
            isMoved = await moved.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            enumeration.Failed(exception);
            throw;
        }

        if (isMoved)
        {
            enumeration.Observer.OnItem(_current());
        }
        else
        {
            enumeration.Ended(StreamEnd.Exhausted);
        }

        return isMoved;
    }
}
