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

    public TracedMethod(OpenlayerTracer tracer, MethodInfo method, MethodDescription description)
    {
        _tracer = tracer;
        _shape = ReturnShape.Of(method.ReturnType);
        Description = description;
        Stream = StreamWrapping.For(_shape.ResultType);
        _producer = description.Model?.Operation.Producer is { } producer
            ? Array.Find(method.GetParameters(), parameter => parameter.Name == producer)
            : null;
    }

    public MethodDescription Description { get; }

    /// <summary>How results that are streams are wrapped. Null if the method never returns one.</summary>
    public StreamWrapping? Stream { get; }

    public void Intercept(IInvocation invocation)
    {
        // One call meets the interceptor twice where a service is given it twice: by its registration and by an attribute.
        if (_tracer.Ambient is { Invocation: { } open } && ReferenceEquals(open, invocation))
        {
            invocation.Proceed();
        }
        else
        {
            _shape.Dispatch(this, invocation);
        }
    }

    public void InterceptSynchronous(IInvocation invocation)
    {
        var call = Proceed(invocation);
        call.RecordOutArguments(invocation.Arguments);
        Return(invocation, call);
    }

    public void InterceptTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        if (invocation.ReturnValue is Task task)
        {
            invocation.ReturnValue = ObservedTask.Observe(task, call);
        }
        else
        {
            call.Succeeded<object?>(null);
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
            call.Succeeded<object?>(null);
        }
    }

    public void InterceptValueTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = ObservedValueTask.Observe((ValueTask)invocation.ReturnValue!, call);
    }

    public void InterceptValueTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = ObservedValueTask.Observe((ValueTask<TResult>)invocation.ReturnValue!, call);
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
        var previous = _tracer.Ambient;
        var call = TracedCall.Open(_tracer, this, invocation, previous);
        if (_producer is not null)
        {
            call = call.ObserveProducer(invocation, _producer);
        }

        Exception? failure = null;
        _tracer.Enter(call.Step);
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
            _tracer.Leave(previous);
            call.Step.Invocation = null;
            if (failure is not null)
            {
                call.Failed(failure);
            }
        }

        return call;
    }
}
