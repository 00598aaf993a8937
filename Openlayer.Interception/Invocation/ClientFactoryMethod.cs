using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.ModelClients.Proxies;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// A method or property of a model client that returns another client, or a task of one. The returned client is replaced by a traced proxy.
/// </summary>
internal sealed class ClientFactoryMethod(ClientProxyFactory proxies, InternalLog log) : IInterceptedMethod
{
    private static readonly MethodInfo ObserveDefinition =
        typeof(ClientFactoryMethod).GetMethod(nameof(Observe), BindingFlags.Static | BindingFlags.NonPublic)!;

    // By the type of the task's result.
    private static readonly TypeCache<Func<object, CreatedClient, object>> Tasks =
        new(static client => ObserveDefinition.MakeGenericMethod(client).CreateDelegate<Func<object, CreatedClient, object>>());

    public void Intercept(IInvocation invocation)
    {
        invocation.Proceed();
        if (invocation.ReturnValue is not { } returned)
        {
            return;
        }

        var declared = invocation.Method.ReturnType;
        var created = new CreatedClient(proxies, log);
        invocation.ReturnValue = declared.IsConstructedFrom(typeof(Task<>))
            ? Tasks.Get(declared.GetGenericArguments()[0])(returned, created)
            : created.ProxyOf(returned, declared);
    }

    private static Task<TClient> Observe<TClient>(object task, CreatedClient created) => ObservedTask.Observe((Task<TClient>)task, created);

    /// <summary>Replaces a client that a task returns.</summary>
    private readonly struct CreatedClient(ClientProxyFactory proxies, InternalLog log) : ICallObserver
    {
        public object ProxyOf(object client, Type declared)
        {
            try
            {
                return proxies.ProxyOf(client, declared);
            }
            catch (Exception exception)
            {
                log.Report(ModelClientEvents.ClientNotProxied, exception);
                return client;
            }
        }

        public TResult Succeeded<TResult>(TResult result) =>
            result is not null && ProxyOf(result, typeof(TResult)) is TResult client ? client : result;

        public void Completed<TResult>(TResult result)
        {
        }

        public void Failed(Exception exception)
        {
        }

        public StreamObserver<T> OpenStream<T>() => throw new NotSupportedException("A client is no stream.");
    }
}
