using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Interception;

namespace Openlayer.Interception.Calls;

/// <summary>
/// A method whose calls are steps, and the interceptor of those calls: all that is the same for each call is found out once, here.
/// </summary>
internal sealed class TracedMethod : IAsyncInterceptor
{
    private readonly OpenlayerTracer _tracer;
    private readonly ReturnShape _shape;

    public TracedMethod(OpenlayerTracer tracer, MethodInfo method, MethodDescription description)
    {
        _tracer = tracer;
        _shape = ReturnShape.Of(method.ReturnType);
        Description = description;
        Stream = StreamWrapping.For(_shape.ResultType);
        MayPromote = !_shape.ResultType.IsSealed || !PromotedProperties.Of(_shape.ResultType).IsEmpty;
    }

    public MethodDescription Description { get; }

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

    public void InterceptTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        if (invocation.ReturnValue is Task task)
        {
            invocation.ReturnValue = ObservedTask.Observe(task, call);
        }
        else
        {
            call.Completed<object?>(null);
        }
    }

    public void InterceptTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        if (invocation.ReturnValue is Task<TResult> task)
        {
            invocation.ReturnValue = ObservedTask.Observe(task, call);
        }
        else
        {
            call.Completed<object?>(null);
        }
    }

    public void InterceptValueTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        if (invocation.ReturnValue is ValueTask task)
        {
            invocation.ReturnValue = ObservedValueTask.Observe(task, call);
        }
        else
        {
            call.Completed<object?>(null);
        }
    }

    public void InterceptValueTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        if (invocation.ReturnValue is ValueTask<TResult> task)
        {
            invocation.ReturnValue = ObservedValueTask.Observe(task, call);
        }
        else
        {
            call.Completed<object?>(null);
        }
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

    /// <summary>Opens the call's step and runs the target under it. What the target writes to other ambient state stays visible to the caller.</summary>
    private TracedCall Proceed(IInvocation invocation)
    {
        var call = TracedCall.Open(_tracer, this, invocation);
        Exception? failure = null;
        var entered = _tracer.Ambient.Enter(call.Step);
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
            _tracer.Ambient.Leave(entered);
            call.Returned(failure);
        }

        call.RecordOutArguments(invocation.Arguments);
        return call;
    }
}
