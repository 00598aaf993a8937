using Castle.DynamicProxy;

namespace Openlayer.Interception;

/// <summary>
/// An interceptor that is told what a call's result can be: one member for each shape. Each member decides whether and when to call
/// <see cref="IInvocation.Proceed"/>, before it returns, and may replace <see cref="IInvocation.ReturnValue"/>. Put into a proxy by
/// <see cref="AsyncInterceptorAdapter"/>.
/// </summary>
public interface IAsyncInterceptor
{
    /// <summary>The method returns anything that no other member is for: a value, nothing, a custom task-like, an unknown shape.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptSynchronous(IInvocation invocation);

    /// <summary>The method returns <see cref="Task"/>.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptTask(IInvocation invocation);

    /// <summary>The method returns <see cref="Task{TResult}"/>.</summary>
    /// <typeparam name="TResult">What the task results in.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptTask<TResult>(IInvocation invocation);

    /// <summary>The method returns <see cref="ValueTask"/>, which is to be consumed once.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptValueTask(IInvocation invocation);

    /// <summary>The method returns <see cref="ValueTask{TResult}"/>, which is to be consumed once.</summary>
    /// <typeparam name="TResult">What the task results in.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptValueTask<TResult>(IInvocation invocation);

    /// <summary>The method returns <see cref="IAsyncEnumerable{T}"/>.</summary>
    /// <typeparam name="T">What the stream consists of.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptAsyncEnumerable<T>(IInvocation invocation);
}
