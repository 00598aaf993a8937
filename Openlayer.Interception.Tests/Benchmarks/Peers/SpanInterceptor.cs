using Castle.DynamicProxy;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>Castle.Core.AsyncInterceptor with a span per call, used as its documentation shows.</summary>
public sealed class SpanInterceptor : AsyncInterceptorBase
{
    protected override async Task InterceptAsync(
        IInvocation invocation,
        IInvocationProceedInfo proceedInfo,
        Func<IInvocation, IInvocationProceedInfo, Task> proceed)
    {
        using var span = Spans.Source.StartActivity(invocation.Method.Name);
        span?.SetTag("argument", invocation.Arguments[0]);
        await proceed(invocation, proceedInfo).ConfigureAwait(false);
    }

    protected override async Task<TResult> InterceptAsync<TResult>(
        IInvocation invocation,
        IInvocationProceedInfo proceedInfo,
        Func<IInvocation, IInvocationProceedInfo, Task<TResult>> proceed)
    {
        using var span = Spans.Source.StartActivity(invocation.Method.Name);
        span?.SetTag("argument", invocation.Arguments[0]);
        var result = await proceed(invocation, proceedInfo).ConfigureAwait(false);
        span?.SetTag("result", result);
        return result;
    }
}
