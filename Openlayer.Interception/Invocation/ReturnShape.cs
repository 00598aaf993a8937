using System.Reflection;
using Castle.DynamicProxy;
using Openlayer.Interception.Reflection;

namespace Openlayer.Interception.Invocation;

/// <summary>The shape of a return type, which selects the member of <see cref="IAsyncInterceptor"/>. Created once for each type.</summary>
internal sealed class ReturnShape
{
    private static readonly TypeCache<ReturnShape> Shapes = new(Find);

    private ReturnShape(Func<IAsyncInterceptor, Action<IInvocation>> bind, Type resultType)
    {
        Bind = bind;
        ResultType = resultType;
    }

    /// <summary>Returns the interceptor's member for this shape. Cache the delegate: binding a generic interface member is slow.</summary>
    public Func<IAsyncInterceptor, Action<IInvocation>> Bind { get; }

    /// <summary>The type of the result, unwrapped from a task. <see cref="void"/> if there is no result.</summary>
    public Type ResultType { get; }

    public static ReturnShape Of(Type returnType) => Shapes.Get(returnType);

    private static ReturnShape Find(Type returnType)
    {
        if (returnType == typeof(Task))
        {
            return new(static interceptor => interceptor.InterceptTask, typeof(void));
        }

        if (returnType == typeof(ValueTask))
        {
            return new(static interceptor => interceptor.InterceptValueTask, typeof(void));
        }

        if (returnType.IsGenericType && Binder(returnType.GetGenericTypeDefinition()) is { } binder)
        {
            var argument = returnType.GetGenericArguments()[0];
            var bind = typeof(ReturnShape)
                .GetMethod(binder, BindingFlags.Static | BindingFlags.NonPublic)!
                .MakeGenericMethod(argument)
                .CreateDelegate<Func<IAsyncInterceptor, Action<IInvocation>>>();
            return new(bind, binder == nameof(BindAsyncEnumerable) ? returnType : argument);
        }

        return new(static interceptor => interceptor.InterceptSynchronous, returnType);
    }

    private static string? Binder(Type definition)
    {
        if (definition == typeof(Task<>))
        {
            return nameof(BindTask);
        }

        if (definition == typeof(ValueTask<>))
        {
            return nameof(BindValueTask);
        }

        return definition == typeof(IAsyncEnumerable<>) ? nameof(BindAsyncEnumerable) : null;
    }

    private static Action<IInvocation> BindTask<TResult>(IAsyncInterceptor interceptor) => interceptor.InterceptTask<TResult>;

    private static Action<IInvocation> BindValueTask<TResult>(IAsyncInterceptor interceptor) => interceptor.InterceptValueTask<TResult>;

    private static Action<IInvocation> BindAsyncEnumerable<T>(IAsyncInterceptor interceptor) => interceptor.InterceptAsyncEnumerable<T>;
}
