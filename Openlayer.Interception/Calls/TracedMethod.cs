using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Interception;

namespace Openlayer.Interception.Calls;

/// <summary>
/// A method whose calls are steps, and the interceptor of those calls: all that is the same for each call is found out once, here.
/// </summary>
internal sealed class TracedMethod : IAsyncInterceptor, IInterceptedMethod
{
    private readonly OpenlayerTracer _tracer;
    private readonly ReturnShape _shape;
    private readonly ParameterInfo? _producer;

    public TracedMethod(OpenlayerTracer tracer, OpenStreams openStreams, MethodInfo method, MethodDescription description)
    {
        OpenStreams = openStreams;
        _tracer = tracer;
        _shape = ReturnShape.Of(method.ReturnType);
        Description = description;
        Stream = StreamWrapping.For(_shape.ResultType);
        _producer = description.Model?.Operation.Producer is { } producer
            ? Array.Find(method.GetParameters(), parameter => parameter.Name == producer)
            : null;
        MayPromote = !_shape.ResultType.IsSealed || !PromotedProperties.Of(_shape.ResultType).IsEmpty;
    }

    public MethodDescription Description { get; }

    /// <summary>Where streams that the method returns are held while they are open.</summary>
    public OpenStreams OpenStreams { get; }

    /// <summary>How results that are streams are wrapped. Null if the method never returns one.</summary>
    public StreamWrapping? Stream { get; }

    /// <summary>Whether results may have properties that become columns of the row.</summary>
    public bool MayPromote { get; }

    public void Intercept(IInvocation invocation)
    {
        var ambient = _tracer.Ambient.Current;

        // Under silence there is nothing to record, though a stream has to carry the silence to wherever it is read. And one call meets
        // the interceptor twice where a service is given it twice: by its registration and by an attribute.
        if (ambient is not null
            && ((ReferenceEquals(ambient, _tracer.Silence) && Stream is null) || ReferenceEquals(ambient.Invocation, invocation)))
        {
            invocation.Proceed();
        }
        else
        {
            _shape.Dispatch(this, invocation);
        }
    }

    public void InterceptSynchronous(IInvocation invocation) => Return(invocation, Proceed(invocation));

    public void InterceptTask(IInvocation invocation) =>
        Return<Task>(invocation, Proceed(invocation), static (task, call) => ObservedTask.Observe(task, call));

    public void InterceptTask<TResult>(IInvocation invocation) =>
        Return<Task<TResult>>(invocation, Proceed(invocation), static (task, call) => ObservedTask.Observe(task, call));

    public void InterceptValueTask(IInvocation invocation) =>
        Return<ValueTask>(invocation, Proceed(invocation), static (task, call) => ObservedValueTask.Observe(task, call));

    public void InterceptValueTask<TResult>(IInvocation invocation) =>
        Return<ValueTask<TResult>>(invocation, Proceed(invocation), static (task, call) => ObservedValueTask.Observe(task, call));

    public void InterceptAsyncEnumerable<T>(IInvocation invocation) => Return(invocation, Proceed(invocation));

    private static void Return(IInvocation invocation, TracedCall call)
    {
        var returned = invocation.ReturnValue;
        var given = call.Succeeded(returned);
        if (!ReferenceEquals(given, returned))
        {
            invocation.ReturnValue = given;
        }
    }

    private static void Return<TTask>(IInvocation invocation, TracedCall call, Func<TTask, TracedCall, TTask> observe)
    {
        if (invocation.ReturnValue is TTask task)
        {
            invocation.ReturnValue = observe(task, call);
        }
        else
        {
            call.Completed<object?>(null);
        }
    }

    /// <summary>Opens the call's step and runs the target under it. What the target writes to other ambient state stays visible to the caller.</summary>
    private TracedCall Proceed(IInvocation invocation)
    {
        var caller = _tracer.Ambient.Current;
        var call = TracedCall.Open(_tracer, this, invocation, caller);
        if (_producer is not null)
        {
            call = call.ObserveProducer(invocation, _producer);
        }

        Exception? failure = null;
        var entered = _tracer.Ambient.Enter(call.Step, caller);
        try
        {
            invocation.Proceed();
        }
        catch (Exception exception) when (PassingException.Note(exception, out failure))
        {
            throw;
        }
        finally
        {
            if (failure is not null)
            {
                _tracer.Ambient.Leave(entered);
                call.Returned(failure);
            }
        }

        _tracer.Ambient.Leave(entered);
        call.Returned(failure: null);
        call.RecordOutArguments(invocation.Arguments);
        return call;
    }
}
