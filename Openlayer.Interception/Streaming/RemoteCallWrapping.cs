using System.Reflection;

namespace Openlayer.Interception.Streaming;

/// <summary>
/// Wraps the calls of gRPC clients, <c>AsyncUnaryCall</c> and the streaming calls: the call ends with its response, or with the stream of its
/// responses. Known by their names, because gRPC is not referenced.
/// </summary>
/// <typeparam name="TCall">The type of the call.</typeparam>
/// <typeparam name="TResponse">The type of the response.</typeparam>
internal sealed class RemoteCallWrapping<TCall, TResponse> : StreamWrapping
    where TCall : class
{
    private readonly ConstructorInfo _constructor;
    private readonly PropertyInfo? _requests;
    private readonly PropertyInfo _response;
    private readonly bool _isStream;

    // Headers, status and trailers are requested from the original call when they are requested from the new one.
    private readonly object?[] _functions;

    public RemoteCallWrapping()
    {
        var type = typeof(TCall);
        _requests = type.GetProperty("RequestStream");
        _isStream = type.GetProperty("ResponseStream") is not null;
        _response = (type.GetProperty("ResponseStream") ?? type.GetProperty("ResponseAsync"))!;
        _constructor = type.GetConstructors().Single(static constructor => constructor.GetParameters()[^1].ParameterType == typeof(object));
        _functions =
        [
            Function(type.GetProperty("ResponseHeadersAsync")!.GetMethod!),
            Function(type.GetMethod("GetStatus")!),
            Function(type.GetMethod("GetTrailers")!),
        ];
    }

    public override object? Wrap<TObserver>(object result, TObserver observer)
    {
        if (result is not TCall call || _response.GetValue(call) is not { } response)
        {
            return null;
        }

        var dispose = (Action)Delegate.CreateDelegate(typeof(Action), call, nameof(IDisposable.Dispose));
        if (!_isStream)
        {
            return Create(call, MarkedIfCancelled(Observe((Task<TResponse>)response, observer)), dispose);
        }

        var (reader, enumeration) = RemoteStreamInterceptor<TResponse>.Proxy(_response.PropertyType, response, observer);
        return Create(call, reader, () =>
        {
            dispose();
            enumeration.Ended(StreamEnd.LeftEarly);
        });
    }

    private static async Task<TResponse> Observe<TObserver>(Task<TResponse> response, TObserver observer)
        where TObserver : struct, ICallObserver
    {
        try
        {
            var result = await response.ConfigureAwait(false);
            observer.Completed(result);
            return result;
        }
        catch (Exception exception)
        {
            observer.Failed(exception);
            throw;
        }
    }

    // Nobody need await a call that was cancelled, disposed or late: gRPC marks these exceptions of its own task as observed.
    private static Task<TResponse> MarkedIfCancelled(Task<TResponse> response)
    {
        response.ContinueWith(
            static completed => _ = IsCancellation(completed.Exception!.InnerException!) ? completed.Exception : null,
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        return response;

        static bool IsCancellation(Exception exception) =>
            exception is OperationCanceledException || exception.GetType().GetProperty("StatusCode")?.GetValue(exception)?.ToString() is "Cancelled" or "DeadlineExceeded";
    }

    private static Delegate Function(MethodInfo method) =>
        (Delegate)typeof(RemoteCallWrapping<TCall, TResponse>)
            .GetMethod(nameof(FunctionOf), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(method.ReturnType)
            .Invoke(null, [method])!;

    private static Func<object, TValue> FunctionOf<TValue>(MethodInfo method)
    {
        var function = method.CreateDelegate<Func<TCall, TValue>>();
        return call => function((TCall)call);
    }

    private object Create(TCall call, object response, Action dispose)
    {
        Action<object> disposeAction = _ => dispose();
        object?[] arguments = [response, .. _functions, disposeAction, call];
        return _constructor.Invoke(_requests is null ? arguments : [_requests.GetValue(call), .. arguments]);
    }
}
