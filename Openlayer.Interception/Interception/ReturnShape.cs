using System.Reflection;
using System.Runtime.CompilerServices;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Interception;

/// <summary>The shape of a return type: which member of <see cref="IAsyncInterceptor"/> is for it. Found once for each type.</summary>
internal sealed class ReturnShape
{
    // Weak in its keys: a shape is alive as long as the type it is for, so that collectible assemblies stay collectible.
    private static readonly ConditionalWeakTable<Type, ReturnShape> Shapes = [];

    private ReturnShape(Action<IAsyncInterceptor, IInvocation> dispatch, Type resultType)
    {
        Dispatch = dispatch;
        ResultType = resultType;
    }

    /// <summary>Calls the member for this shape.</summary>
    public Action<IAsyncInterceptor, IInvocation> Dispatch { get; }

    /// <summary>What the caller gets in the end: the type itself, or what its task results in; <see cref="void"/> for none.</summary>
    public Type ResultType { get; }

    public static ReturnShape Of(Type returnType) => Shapes.GetValue(returnType, Find);

    private static ReturnShape Find(Type returnType)
    {
        if (returnType == typeof(Task))
        {
            return new(static (interceptor, invocation) => interceptor.InterceptTask(invocation), typeof(void));
        }

        if (returnType == typeof(ValueTask))
        {
            return new(static (interceptor, invocation) => interceptor.InterceptValueTask(invocation), typeof(void));
        }

        if (returnType.IsGenericType && Dispatcher(returnType.GetGenericTypeDefinition()) is { } dispatcher)
        {
            var argument = returnType.GetGenericArguments()[0];
            var dispatch = typeof(ReturnShape)
                .GetMethod(dispatcher, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(argument)
                .CreateDelegate<Action<IAsyncInterceptor, IInvocation>>();
            return new(dispatch, dispatcher == nameof(DispatchAsyncEnumerable) ? returnType : argument);
        }

        return new(static (interceptor, invocation) => interceptor.InterceptSynchronous(invocation), returnType);
    }

    private static string? Dispatcher(Type definition)
    {
        if (definition == typeof(Task<>))
        {
            return nameof(DispatchTask);
        }

        if (definition == typeof(ValueTask<>))
        {
            return nameof(DispatchValueTask);
        }

        return definition == typeof(IAsyncEnumerable<>) ? nameof(DispatchAsyncEnumerable) : null;
    }

    private static void DispatchTask<TResult>(IAsyncInterceptor interceptor, IInvocation invocation) =>
        interceptor.InterceptTask<TResult>(invocation);

    private static void DispatchValueTask<TResult>(IAsyncInterceptor interceptor, IInvocation invocation) =>
        interceptor.InterceptValueTask<TResult>(invocation);

    private static void DispatchAsyncEnumerable<T>(IAsyncInterceptor interceptor, IInvocation invocation) =>
        interceptor.InterceptAsyncEnumerable<T>(invocation);
}
