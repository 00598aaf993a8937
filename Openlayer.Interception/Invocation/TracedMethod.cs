using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// A method whose calls are steps, and the interceptor of those calls: all that is the same for each call is found out once, here.
/// </summary>
internal sealed class TracedMethod : IAsyncInterceptor, IInterceptedMethod
{
    private readonly OpenlayerTracer _tracer;
    private readonly Action<IInvocation> _intercept;
    private readonly ParameterInfo? _producer;

    public TracedMethod(OpenlayerTracer tracer, OpenStreams openStreams, MethodInfo method, MethodDescriptor description)
    {
        OpenStreams = openStreams;
        _tracer = tracer;
        var shape = ReturnShape.Of(method.ReturnType);
        _intercept = shape.Bind(this);
        Description = description;
        Stream = StreamWrapping.For(shape.ResultType);
        _producer = description.Model?.Operation.StreamFactory is { } producer
            ? Array.Find(method.GetParameters(), parameter => parameter.Name == producer)
            : null;
        MayPromote = !shape.ResultType.IsSealed || !PromotedProperties.Of(shape.ResultType).IsEmpty;
    }

    public MethodDescriptor Description { get; }

    /// <summary>Where streams that the method returns are held while they are open.</summary>
    public OpenStreams OpenStreams { get; }

    /// <summary>How results that are streams are wrapped. Null if the method never returns one.</summary>
    public StreamWrapping? Stream { get; }

    /// <summary>
    /// How many items the stream had that ended last of those that the method has returned: the next may have as many. Written by whoever
    /// ends one, for nothing that has to be exact.
    /// </summary>
    public long LastStreamLength { get; set; }

    /// <summary>Whether results may have properties that become columns of the row.</summary>
    public bool MayPromote { get; }

    public void Intercept(IInvocation invocation)
    {
        var ambient = _tracer.Ambient.Current;

        // Under silence there is nothing to record, though a stream has to carry the silence to wherever it is read. And one call meets
        // the interceptor twice where a service is given it twice: by its registration and by an attribute.
        if (ambient is not null
            && ((ReferenceEquals(ambient, _tracer.SuppressedStep) && Stream is null) || ReferenceEquals(ambient.Invocation, invocation)))
        {
            invocation.Proceed();
        }
        else
        {
            _intercept(invocation);
        }
    }

    public void InterceptSynchronous(IInvocation invocation) => Return(invocation, Proceed(invocation));

    // The members for tasks are each by itself: with the observing handed to one in common a call takes 10 ns more.
    public void InterceptTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is Task task ? ObservedTask.Observe(task, call) : WithoutTask(invocation, call);
    }

    public void InterceptTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is Task<TResult> task ? ObservedTask.Observe(task, call) : WithoutTask(invocation, call);
    }

    public void InterceptValueTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is ValueTask task ? ObservedValueTask.Observe(task, call) : WithoutTask(invocation, call);
    }

    public void InterceptValueTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is ValueTask<TResult> task ? ObservedValueTask.Observe(task, call) : WithoutTask(invocation, call);
    }

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

    private static object? WithoutTask(IInvocation invocation, TracedCall call)
    {
        call.Completed<object?>(null);
        return invocation.ReturnValue;
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
        catch (Exception exception) when (ExceptionObserver.Note(exception, out failure))
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
