using Castle.DynamicProxy;

namespace Openlayer.Interception;

/// <summary>
/// An interceptor with one member for each shape of return type. A member may call <see cref="IInvocation.Proceed"/> before it returns, and
/// may replace <see cref="IInvocation.ReturnValue"/>. <see cref="AsyncInterceptorAdapter"/> adapts it to Castle's
/// <see cref="IInterceptor"/>. Members can be called concurrently.
/// </summary>
public interface IAsyncInterceptor
{
    /// <summary>The method returns any other type: a value, <see langword="void"/>, or a custom task-like type.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptSynchronous(IInvocation invocation);

    /// <summary>The method returns <see cref="Task"/>.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptTask(IInvocation invocation);

    /// <summary>The method returns <see cref="Task{TResult}"/>.</summary>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptTask<TResult>(IInvocation invocation);

    /// <summary>The method returns <see cref="ValueTask"/>, which can be consumed only once.</summary>
    /// <param name="invocation">The call.</param>
    void InterceptValueTask(IInvocation invocation);

    /// <summary>The method returns <see cref="ValueTask{TResult}"/>, which can be consumed only once.</summary>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptValueTask<TResult>(IInvocation invocation);

    /// <summary>The method returns <see cref="IAsyncEnumerable{T}"/>.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="invocation">The call.</param>
    void InterceptAsyncEnumerable<T>(IInvocation invocation);
}
