using System.Runtime.CompilerServices;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// How tasks declared as <see cref="Task"/> are observed, by what they are: the caller may downcast one that has a result. Found once for
/// each type.
/// </summary>
internal abstract class UntypedTask
{
    // Weak in its keys, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, UntypedTask> Types = [];

    public static UntypedTask Of(Type taskType) => Types.GetValue(taskType, Find);

    public abstract Task Observe<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static UntypedTask Find(Type taskType)
    {
        for (var type = taskType; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>))
            {
                return (UntypedTask)Activator.CreateInstance(typeof(WithResult<>).MakeGenericType(type.GetGenericArguments()))!;
            }
        }

        return new WithoutResult();
    }

    private sealed class WithoutResult : UntypedTask
    {
        public override Task Observe<TObserver>(Task task, TObserver observer) => ObservedTask.ObserveResultless(task, observer);
    }

    private sealed class WithResult<TResult> : UntypedTask
    {
        public override Task Observe<TObserver>(Task task, TObserver observer) =>
            ObservedTask.Observe((Task<TResult>)task, new UndeclaredResult<TObserver>(observer));
    }

    /// <summary>The method does not declare the result, so it is none of the call's.</summary>
    private readonly struct UndeclaredResult<TObserver>(TObserver observer) : ICallObserver
        where TObserver : struct, ICallObserver
    {
        public TResult Succeeded<TResult>(TResult result)
        {
            observer.Completed<object?>(null);
            return result;
        }

        public void Completed<TResult>(TResult result) => observer.Completed<object?>(null);

        public void Failed(Exception exception) => observer.Failed(exception);

        public StreamObserver<T> OpenStream<T>() => observer.OpenStream<T>();
    }
}
