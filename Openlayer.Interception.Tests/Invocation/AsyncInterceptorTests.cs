using Autofac;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;
using Openlayer.Interception.Tests.Services;
using Openlayer.Interception.Tests.Streaming;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class AsyncInterceptorTests
{
    [Fact]
    public async Task Each_shape_calls_its_member()
    {
        var shapes = new ShapeRecorder();
        var work = Intercept(shapes);

        work.Do("nothing");
        work.Get("value", static () => 1);
        work.Get("unknown shape", static () => new Lazy<Task>(Task.CompletedTask));
        work.Get("sequence", static () => Enumerable.Range(0, 1));
        await work.DoAsync("task", static () => Task.CompletedTask);
        await work.Get("task of a value", static () => Task.FromResult(1));
        await work.DoValueAsync("value task", static () => default);
        await work.Get("value task of a value", static () => new ValueTask<string>("text"));
        work.Stream("stream", static () => Numbers.UpTo(1));

        Assert.Equal(
            [
                "synchronous", "synchronous", "synchronous", "synchronous",
                "Task", "Task<Int32>", "ValueTask", "ValueTask<String>", "IAsyncEnumerable<Int32>",
            ],
            shapes.Seen);
    }

    [Fact]
    public async Task A_member_can_replace_the_result()
    {
        var work = Intercept(new ShapeRecorder { Replacement = 42 });

        Assert.Equal(42, await work.Get("task", static () => Task.FromResult(1)));
    }

    [Fact]
    public void An_adapter_requires_an_interceptor() => Assert.Throws<ArgumentNullException>(static () => new AsyncInterceptorAdapter(null!));

    private static IWork Intercept(IAsyncInterceptor interceptor)
    {
        var builder = new ContainerBuilder();
        builder.RegisterInstance(new AsyncInterceptorAdapter(interceptor));
        builder.RegisterType<Work>().As<IWork>().EnableInterfaceInterceptors().InterceptedBy(typeof(AsyncInterceptorAdapter));
        return builder.Build().Resolve<IWork>();
    }

    private sealed class ShapeRecorder : IAsyncInterceptor
    {
        public List<string> Seen { get; } = [];

        public object? Replacement { get; init; }

        public void InterceptSynchronous(IInvocation invocation) => Record("synchronous", invocation);

        public void InterceptTask(IInvocation invocation) => Record("Task", invocation);

        public void InterceptTask<TResult>(IInvocation invocation)
        {
            Record($"Task<{typeof(TResult).Name}>", invocation);
            if (Replacement is TResult replacement)
            {
                invocation.ReturnValue = Task.FromResult(replacement);
            }
        }

        public void InterceptValueTask(IInvocation invocation) => Record("ValueTask", invocation);

        public void InterceptValueTask<TResult>(IInvocation invocation) => Record($"ValueTask<{typeof(TResult).Name}>", invocation);

        public void InterceptAsyncEnumerable<T>(IInvocation invocation) => Record($"IAsyncEnumerable<{typeof(T).Name}>", invocation);

        private void Record(string shape, IInvocation invocation)
        {
            Seen.Add(shape);
            invocation.Proceed();
        }
    }
}
