using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Invocation;

/// <summary>
/// Observes tasks declared as <see cref="Task"/> by their actual type, because the caller may downcast one that has a result. Created once for
/// each type.
/// </summary>
internal abstract class UntypedTask
{
    private static readonly TypeCache<UntypedTask> Types = new(Find);

    public static UntypedTask Of(Type taskType) => Types.Get(taskType);

    public abstract Task Observe<TObserver>(Task task, TObserver observer)
        where TObserver : struct, ICallObserver;

    private static UntypedTask Find(Type taskType) =>
        taskType.ConstructedFrom(typeof(Task<>)) is { } withResult
            ? (UntypedTask)Activator.CreateInstance(typeof(WithResult<>).MakeGenericType(withResult.GetGenericArguments()))!
            : new WithoutResult();

    private sealed class WithoutResult : UntypedTask
    {
        public override Task Observe<TObserver>(Task task, TObserver observer) => ObservedTask.ObserveResultless(task, observer);
    }

    private sealed class WithResult<TResult> : UntypedTask
    {
        public override Task Observe<TObserver>(Task task, TObserver observer) =>
            ObservedTask.Observe((Task<TResult>)task, new UndeclaredResult<TObserver>(observer));
    }

    /// <summary>Ignores the result, because the method does not declare it.</summary>
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
