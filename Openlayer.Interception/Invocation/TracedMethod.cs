using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.ModelClients.Functions;
using Openlayer.Interception.Streaming;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Intercepts the calls of a traced method. Everything that does not depend on the call is determined once, in the constructor.
/// </summary>
internal sealed class TracedMethod : IAsyncInterceptor, IInterceptedMethod
{
    private readonly StepSource _steps;
    private readonly Action<IInvocation> _intercept;
    private readonly ParameterInfo? _streamFactory;

    /// <param name="steps">Opens steps.</param>
    /// <param name="method">The method.</param>
    /// <param name="description">How its calls are recorded.</param>
    /// <param name="functions">Records the functions that the target calls on behalf of a model. Null if it calls none.</param>
    /// <param name="guards">The guardrails that check its calls. Null if there are none.</param>
    public TracedMethod(StepSource steps, MethodInfo method, MethodDescriptor description, FunctionLayers? functions, GuardedMethod? guards)
    {
        _steps = steps;
        Functions = functions;
        Guards = guards;
        var shape = ReturnShape.Of(method.ReturnType);
        var intercept = shape.Bind(this);
        _intercept = guards is null ? intercept : invocation => InterceptGuarded(invocation, intercept);
        Description = description;
        Streams = new StreamDescriptor(description.Name, description.StepType, description.Model is null, description.IsResultRedacted) { Tuples = description.ResultTuples };
        Stream = StreamWrapping.For(shape.ResultType);
        _streamFactory = description.Model?.Operation.StreamFactory is { } streamFactory
            ? Array.Find(method.GetParameters(), parameter => parameter.Name == streamFactory)
            : null;
        MayPromote = !shape.ResultType.IsSealed || !PromotedProperties.Of(shape.ResultType).IsEmpty;
    }

    public MethodDescriptor Description { get; }

    /// <summary>Records the functions that the target calls on behalf of a model. Null if it calls none.</summary>
    public FunctionLayers? Functions { get; }

    /// <summary>The guardrails that check its calls. Null if there are none.</summary>
    public GuardedMethod? Guards { get; }

    /// <summary>Describes the steps of the method's streams.</summary>
    public StreamDescriptor Streams { get; }

    /// <summary>Wraps results that are streams. Null if the method never returns a stream.</summary>
    public StreamWrapping? Stream { get; }

    /// <summary>Whether results may have properties with <see cref="PromoteAttribute"/>.</summary>
    public bool MayPromote { get; }

    public void Intercept(IInvocation invocation)
    {
        var ambient = _steps.Ambient.Current;

        // In suppressed code nothing is recorded, but a stream still carries the suppression into its own code.
        if (ambient is not null && (ambient.Step is { } step ? IsRecordedBy(step, invocation) : ambient.IsSuppressed && Stream is null))
        {
            ProceedUnrecorded(invocation);
        }
        else
        {
            _intercept(invocation);
        }
    }

    public void InterceptSynchronous(IInvocation invocation) => Return(invocation, Proceed(invocation));

    // The members for tasks are similar on purpose: a shared one that takes a delegate adds 10 ns to each call.
    public void InterceptTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is Task task ? ObservedTask.Observe(task, call) : CompleteWithoutTask(invocation, call);
    }

    public void InterceptTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is Task<TResult> task ? ObservedTask.Observe(task, call) : CompleteWithoutTask(invocation, call);
    }

    public void InterceptValueTask(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is ValueTask task ? ObservedValueTask.Observe(task, call) : CompleteWithoutTask(invocation, call);
    }

    public void InterceptValueTask<TResult>(IInvocation invocation)
    {
        var call = Proceed(invocation);
        invocation.ReturnValue = invocation.ReturnValue is ValueTask<TResult> task ? ObservedValueTask.Observe(task, call) : CompleteWithoutTask(invocation, call);
    }

    public void InterceptAsyncEnumerable<T>(IInvocation invocation) => Return(invocation, Proceed(invocation));

    private static void Return(IInvocation invocation, TracedCall call)
    {
        var returned = invocation.ReturnValue;
        var result = call.Succeeded(returned);
        if (!ReferenceEquals(result, returned))
        {
            invocation.ReturnValue = result;
        }
    }

    private static void InterceptGuarded(IInvocation invocation, Action<IInvocation> intercept)
    {
        if (GuardedMethod.IsProceeding(invocation))
        {
            // The interceptor is there twice, and the call waited for its checks.
            invocation.Proceed();
        }
        else
        {
            intercept(invocation);
        }
    }

    // A service that has the interceptor twice, through its registration and an attribute, gets one step per call. So does a request that
    // passes through two overloads: the class of the client declares both, so that it is no code of the application that calls the second one.
    private bool IsRecordedBy(Step caller, IInvocation invocation) =>
        ReferenceEquals(caller.Invocation, invocation)
        || (Guards is null
            && Description.Model is { } model
            && model.IsPartOf(caller)
            && caller.Invocation is IInvocation outer
            && ReferenceEquals(outer.InvocationTarget, invocation.InvocationTarget)
            && outer.Method.DeclaringType == invocation.Method.DeclaringType);

    private void ProceedUnrecorded(IInvocation invocation)
    {
        if (Guards is null)
        {
            invocation.Proceed();
        }
        else
        {
            Guards.Intercept(invocation);
        }
    }

    private static object? CompleteWithoutTask(IInvocation invocation, TracedCall call)
    {
        call.Completed<object?>(null);
        return invocation.ReturnValue;
    }

    /// <summary>Opens the call's step and runs the target under it. Other ambient state that the target writes stays visible to the caller.</summary>
    private TracedCall Proceed(IInvocation invocation)
    {
        var caller = _steps.Ambient.Current;
        var call = TracedCall.Open(_steps, this, invocation, caller);
        if (_streamFactory is not null)
        {
            call = call.ObserveStreamFactory(invocation, _streamFactory);
        }

        Exception? failure = null;
        var entered = call.Enter(caller);
        try
        {
            if (Guards is null)
            {
                invocation.Proceed();
            }
            else
            {
                Guards.Proceed(invocation, call.Guarded);
            }
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
