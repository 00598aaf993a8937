using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// A method whose calls are steps, and the interceptor of those calls. All that does not depend on the call is found once, here.
/// </summary>
internal sealed class TracedMethod : IAsyncInterceptor, IInterceptedMethod
{
    private readonly StepSource _steps;
    private readonly Action<IInvocation> _intercept;
    private readonly ParameterInfo? _producer;

    public TracedMethod(StepSource steps, OpenStreams openStreams, MethodInfo method, MethodDescriptor description)
    {
        _steps = steps;
        var shape = ReturnShape.Of(method.ReturnType);
        _intercept = shape.Bind(this);
        Description = description;
        Streams = new StreamDescriptor(description.Name, description.StepType, description.Model is null, description.IsResultRedacted, openStreams);
        Stream = StreamWrapping.For(shape.ResultType);
        _producer = description.Model?.Operation.StreamFactory is { } producer
            ? Array.Find(method.GetParameters(), parameter => parameter.Name == producer)
            : null;
        MayPromote = !shape.ResultType.IsSealed || !PromotedProperties.Of(shape.ResultType).IsEmpty;
    }

    public MethodDescriptor Description { get; }

    /// <summary>What the steps of the method's streams have in common.</summary>
    public StreamDescriptor Streams { get; }

    /// <summary>How results that are streams are wrapped. Null if the method never returns one.</summary>
    public StreamWrapping? Stream { get; }

    /// <summary>Whether results may have properties that become columns of the row.</summary>
    public bool MayPromote { get; }

    public void Intercept(IInvocation invocation)
    {
        var ambient = _steps.Ambient.Current;

        // In suppressed code nothing is recorded, except that a stream carries the suppression to its consumer. And a service that has the
        // interceptor twice, by its registration and by an attribute, must not get two steps for one call.
        if (ambient is not null
            && ((ReferenceEquals(ambient, _steps.SuppressedStep) && Stream is null) || ReferenceEquals(ambient.Invocation, invocation)))
        {
            invocation.Proceed();
        }
        else
        {
            _intercept(invocation);
        }
    }

    public void InterceptSynchronous(IInvocation invocation) => Return(invocation, Proceed(invocation));

    // The members for tasks repeat themselves: a shared one, which takes the observing function, costs a call 10 ns more.
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
        var caller = _steps.Ambient.Current;
        var call = TracedCall.Open(_steps, this, invocation, caller);
        if (_producer is not null)
        {
            call = call.ObserveProducer(invocation, _producer);
        }

        Exception? failure = null;
        var entered = _steps.Ambient.Enter(call.Step, caller);
        try
        {
            invocation.Proceed();
        }
        catch (Exception exception) when (ExceptionObserver.Observe(exception, out failure))
        {
            throw;
        }
        finally
        {
            if (failure is not null)
            {
                _steps.Ambient.Leave(entered);
                call.Returned(failure);
            }
        }

        _steps.Ambient.Leave(entered);
        call.Returned(failure: null);
        call.RecordOutArguments(invocation.Arguments);
        return call;
    }
}
