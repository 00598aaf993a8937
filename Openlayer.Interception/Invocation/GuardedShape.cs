using Castle.DynamicProxy;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.Guardrails.Streams;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Runs the guarded calls of the methods with one type of result. The target runs at most once, and synchronously if the checks of its input
/// complete synchronously. Created once for each type.
/// </summary>
internal abstract class GuardedShape
{
    private static readonly TypeCache<GuardedShape> Shapes = new(Find);

    private GuardedShape()
    {
    }

    /// <summary>Whether the caller can wait for a result, so that checks need not complete synchronously.</summary>
    public virtual bool IsAsynchronous => true;

    /// <summary>Proceeds with a call, between the checks of its input and output.</summary>
    public abstract void Proceed(GuardedCall call, IInvocation invocation);

    public static GuardedShape Of(Type returnType) => Shapes.Get(returnType);

    private static GuardedShape Find(Type returnType)
    {
        if (returnType == typeof(Task))
        {
            return new OfTask();
        }

        if (returnType == typeof(ValueTask))
        {
            return new OfValueTask();
        }

        var definition = returnType.Definition();
        var shape = definition == typeof(Task<>) ? typeof(OfTask<>)
            : definition == typeof(ValueTask<>) ? typeof(OfValueTask<>)
            : definition == typeof(IAsyncEnumerable<>) ? typeof(OfStream<>)
            : null;
        var type = shape is not null ? shape.MakeGenericType(returnType.GetGenericArguments())
            : typeof(OfValue<>).MakeGenericType(returnType == typeof(void) ? typeof(object) : returnType);
        return (GuardedShape)Activator.CreateInstance(type)!;
    }

    // Puts the checked arguments in place and records them. Returns whether the target runs.
    private static bool Begin(GuardedCall call, IInvocation invocation)
    {
        if (call.Block is null)
        {
            for (var index = 0; index < call.Arguments.Count; index++)
            {
                if (!ReferenceEquals(invocation.Arguments[index], call.Arguments[index]))
                {
                    invocation.SetArgumentValue(index, call.Arguments[index]);
                }
            }
        }

        call.RecordInput();
        return call.Block is null;
    }

    private static TResult BlockedResult<TResult>(GuardedCall call) => call.Block!.ToResult<TResult>();

    // A task that is blocked fails; it does not throw when it is created.
    private static Task<TResult> BlockedTask<TResult>(GuardedCall call)
    {
        try
        {
            return Task.FromResult(BlockedResult<TResult>(call));
        }
        catch (GuardrailBlockedException exception)
        {
            return Task.FromException<TResult>(exception);
        }
    }

    // The inner task is the target's, so that its exceptions and its cancellation are those of the caller's task.
    private static async Task<Task<TResult>> ProceedLaterAsync<TResult>(
        GuardedCall call, IInvocation invocation, ValueTask<bool> input, IInvocationProceedInfo later, Func<object?, Task<TResult>?> taskOf)
    {
        await input.ConfigureAwait(false);
        if (!Begin(call, invocation))
        {
            return BlockedTask<TResult>(call);
        }

        GuardedMethod.Run(invocation, later);
        return taskOf(invocation.ReturnValue) is { } task ? Guard(call, task)
            : throw new InvalidOperationException($"{call.Method.Method.Name} returned null instead of a task.");
    }

    private static Task<TResult> Guard<TResult>(GuardedCall call, Task<TResult> task)
    {
        if (!call.ChecksOutput)
        {
            return task;
        }

        if (!task.IsCompleted)
        {
            return task.ContinueWith(
                static (ended, call) => GuardEnded((GuardedCall)call!, ended),
                call,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default).Unwrap();
        }

        return GuardEnded(call, task);
    }

    private static Task<TResult> GuardEnded<TResult>(GuardedCall call, Task<TResult> ended)
    {
        if (!ended.IsCompletedSuccessfully)
        {
            return ended;
        }

        var check = ResultCheck<TResult>.Instance.RunAsync(call, ended.Result, outArguments: null);
        if (!check.IsCompletedSuccessfully)
        {
            return check.AsTask();
        }

        var result = check.Result;
        return !typeof(TResult).IsValueType && ReferenceEquals(result, ended.Result) ? ended : Task.FromResult(result);
    }

    /// <summary>The method returns a value, or nothing.</summary>
    private sealed class OfValue<TResult> : GuardedShape
    {
        public override bool IsAsynchronous => false;

        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            SynchronousWait.For(call.CheckInputAsync());
            if (!Begin(call, invocation))
            {
                ResetReferences(call, invocation, hasRun: false);
                invocation.ReturnValue = BlockedResult<TResult>(call);
                return;
            }

            GuardedMethod.Run(invocation);
            RestoreReferences(call, invocation);
            if (call.ChecksOutput)
            {
                CheckOutput(call, invocation);
            }
        }

        private static void CheckOutput(GuardedCall call, IInvocation invocation)
        {
            var parameters = call.Method.OutParameters;
            var references = parameters.Length == 0 ? null
                : parameters.ToDictionary(parameter => call.Method.ParameterNames[parameter.Position], parameter => (object?)invocation.Arguments[parameter.Position]);
            var isReturned = false;
            try
            {
                var result = (TResult)invocation.ReturnValue!;
                var returned = SynchronousWait.For(ResultCheck<TResult>.Instance.RunAsync(call, result, references));
                if (typeof(TResult).IsValueType || !ReferenceEquals(returned, result))
                {
                    invocation.ReturnValue = returned;
                }

                isReturned = references is null || references.Count == parameters.Length;
            }
            finally
            {
                if (!isReturned)
                {
                    ResetReferences(call, invocation, hasRun: true);
                }
            }

            foreach (var parameter in isReturned ? parameters : [])
            {
                invocation.SetArgumentValue(parameter.Position, references![call.Method.ParameterNames[parameter.Position]]);
            }
        }

        // What was blocked does not leave through a ref or out parameter.
        private static void ResetReferences(GuardedCall call, IInvocation invocation, bool hasRun)
        {
            foreach (var parameter in call.Method.OutParameters)
            {
                var type = parameter.ParameterType.GetElementType()!;
                invocation.SetArgumentValue(
                    parameter.Position,
                    !parameter.IsOut ? call.OriginalArguments[parameter.Position] : type.IsValueType ? Activator.CreateInstance(type) : null);
            }

            if (hasRun)
            {
                invocation.ReturnValue = typeof(TResult).IsValueType ? default(TResult) : null;
            }
        }

        // A ref argument that a guardrail modified, and the target did not write, stays as it was for the caller.
        private static void RestoreReferences(GuardedCall call, IInvocation invocation)
        {
            foreach (var parameter in call.Method.OutParameters)
            {
                var position = parameter.Position;
                if (!parameter.IsOut && ReferenceEquals(invocation.Arguments[position], call.Arguments[position]))
                {
                    invocation.SetArgumentValue(position, call.OriginalArguments[position]);
                }
            }
        }
    }

    /// <summary>The method returns <see cref="Task"/>. There is no result to check.</summary>
    private sealed class OfTask : GuardedShape
    {
        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            var input = call.CheckInputAsync();
            if (!input.IsCompleted)
            {
                invocation.ReturnValue = Later(call, invocation, input);
            }
            else if (Failure(input) is { } failed)
            {
                invocation.ReturnValue = failed;
            }
            else if (Begin(call, invocation))
            {
                GuardedMethod.Run(invocation);
            }
            else
            {
                invocation.ReturnValue = BlockedTask<object?>(call);
            }
        }

        public static Task Later(GuardedCall call, IInvocation invocation, ValueTask<bool> input)
        {
            return ProceedAsync(invocation.CaptureProceedInfo()).Unwrap();

            async Task<Task> ProceedAsync(IInvocationProceedInfo later)
            {
                await input.ConfigureAwait(false);
                if (!Begin(call, invocation))
                {
                    return BlockedTask<object?>(call);
                }

                GuardedMethod.Run(invocation, later);
                return invocation.ReturnValue switch
                {
                    Task task => task,
                    ValueTask task => task.AsTask(),
                    _ => throw new InvalidOperationException($"{call.Method.Method.Name} returned null instead of a task."),
                };
            }
        }

        // The task of a call that ended before it began: the caller cancelled it, or a check that must be synchronous is not.
        public static Task<bool>? Failure(ValueTask<bool> input) => input.IsCompletedSuccessfully ? null : input.AsTask();
    }

    /// <summary>The method returns <see cref="ValueTask"/>. There is no result to check.</summary>
    private sealed class OfValueTask : GuardedShape
    {
        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            var input = call.CheckInputAsync();
            if (!input.IsCompleted)
            {
                invocation.ReturnValue = new ValueTask(OfTask.Later(call, invocation, input));
            }
            else if (OfTask.Failure(input) is { } failed)
            {
                invocation.ReturnValue = new ValueTask(failed);
            }
            else if (Begin(call, invocation))
            {
                GuardedMethod.Run(invocation);
            }
            else
            {
                invocation.ReturnValue = new ValueTask(BlockedTask<object?>(call));
            }
        }
    }

    /// <summary>The method returns <see cref="Task{TResult}"/>.</summary>
    private sealed class OfTask<TResult> : GuardedShape
    {
        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            var input = call.CheckInputAsync();
            if (!input.IsCompleted)
            {
                invocation.ReturnValue =
                    ProceedLaterAsync(call, invocation, input, invocation.CaptureProceedInfo(), static returned => (Task<TResult>?)returned).Unwrap();
                return;
            }

            if (!input.IsCompletedSuccessfully)
            {
                invocation.ReturnValue = Failed<TResult>(input);
            }
            else if (!Begin(call, invocation))
            {
                invocation.ReturnValue = BlockedTask<TResult>(call);
            }
            else
            {
                GuardedMethod.Run(invocation);
                if (call.ChecksOutput && invocation.ReturnValue is Task<TResult> task)
                {
                    invocation.ReturnValue = Guard(call, task);
                }
            }
        }
    }

    /// <summary>The method returns <see cref="ValueTask{TResult}"/>, which is consumed once.</summary>
    private sealed class OfValueTask<TResult> : GuardedShape
    {
        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            var input = call.CheckInputAsync();
            if (!input.IsCompleted)
            {
                invocation.ReturnValue = new ValueTask<TResult>(
                    ProceedLaterAsync(call, invocation, input, invocation.CaptureProceedInfo(), static returned => ((ValueTask<TResult>)returned!).AsTask()).Unwrap());
                return;
            }

            if (!input.IsCompletedSuccessfully)
            {
                invocation.ReturnValue = new ValueTask<TResult>(Failed<TResult>(input));
            }
            else if (!Begin(call, invocation))
            {
                invocation.ReturnValue = new ValueTask<TResult>(BlockedTask<TResult>(call));
            }
            else
            {
                GuardedMethod.Run(invocation);
                if (call.ChecksOutput && invocation.ReturnValue is ValueTask<TResult> task)
                {
                    invocation.ReturnValue = new ValueTask<TResult>(GuardOnce(call, task));
                }
            }
        }
    }

    private static Task<TResult> GuardOnce<TResult>(GuardedCall call, ValueTask<TResult> task) =>
        task.IsCompletedSuccessfully ? ResultCheck<TResult>.Instance.RunAsync(call, task.Result, outArguments: null).AsTask() : Guard(call, task.AsTask());

    /// <summary>The method returns <see cref="IAsyncEnumerable{T}"/>.</summary>
    private sealed class OfStream<T> : GuardedShape
    {
        public override void Proceed(GuardedCall call, IInvocation invocation)
        {
            var input = call.CheckInputAsync();
            if (!input.IsCompletedSuccessfully)
            {
                var started = input.IsCompleted ? Failed<IAsyncEnumerable<T>>(input)
                    : ProceedLaterAsync(call, invocation, input, invocation.CaptureProceedInfo(), StreamOf).Unwrap();
                invocation.ReturnValue = Deferred(started);
                return;
            }

            if (!Begin(call, invocation))
            {
                invocation.ReturnValue = Deferred(BlockedTask<IAsyncEnumerable<T>>(call));
                return;
            }

            GuardedMethod.Run(invocation);
            if (call.ChecksOutput && invocation.ReturnValue is IAsyncEnumerable<T> stream)
            {
                // A stream is checked when it is enumerated.
                invocation.ReturnValue = SynchronousWait.For(ResultCheck<IAsyncEnumerable<T>>.Instance.RunAsync(call, stream, outArguments: null));
            }
        }

        private static Task<IAsyncEnumerable<T>>? StreamOf(object? returned) => returned is IAsyncEnumerable<T> stream ? Task.FromResult(stream) : null;

        private static DeferredStream<T> Deferred(Task<IAsyncEnumerable<T>> started)
        {
            // Only an enumeration observes the exception, and the caller may never start one.
            TaskExceptions.MarkObserved(started);
            return new(started);
        }
    }

    private static Task<TResult> Failed<TResult>(ValueTask<bool> input) => FailedAsync<TResult>(input.AsTask());

    private static async Task<TResult> FailedAsync<TResult>(Task<bool> input)
    {
        await input.ConfigureAwait(false);
        throw new InvalidOperationException("The check of an input failed without an exception.");
    }
}
