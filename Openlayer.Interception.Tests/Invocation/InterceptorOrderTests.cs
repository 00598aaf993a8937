using Autofac;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class InterceptorOrderTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task An_interceptor_registered_twice_opens_one_step(bool ofInterface)
    {
        await using var container = new TracedContainer(builder => _ = ofInterface
            ? builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor))
            : builder.RegisterType<Greeter>().As<IGreeter>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        Assert.Equal("hello", await container.Resolve<IGreeter>().GreetAsync());
        Assert.Equal("hello", await container.Resolve<IGreeter>().GreetAsync());

        Assert.Equal(2, (await container.TracesAsync()).Count);
        Assert.All(await container.TracesAsync(), static trace => Assert.Empty(trace.Root.Steps));
    }

    [Fact]
    public async Task Calls_of_an_outer_interceptor_nest_under_the_caller_and_calls_of_an_inner_one_under_the_step()
    {
        await using var container = Container(
            work => Interceptor(invocation =>
            {
                work.Do("before");
                invocation.Proceed();
                work.Do("after");
            }),
            work => Interceptor(invocation =>
            {
                work.Do("inside");
                invocation.Proceed();
            }));

        container.Work.Do("request", () => container.Resolve<IPlain>().Run());

        Assert.Equal("request(before, IPlain.Run(inside), after)", await container.TreesAsync());
    }

    [Fact]
    public async Task Each_attempt_of_a_retrying_interceptor_is_a_step()
    {
        await using var container = Container(
            static _ => Interceptor(static invocation =>
            {
                invocation.Proceed();
                invocation.Proceed();
            }),
            static _ => Interceptor(static invocation => invocation.Proceed()));

        container.Work.Do("request", () => container.Resolve<IPlain>().Run());

        Assert.Equal("request(IPlain.Run, IPlain.Run)", await container.TreesAsync());
    }

    [Fact]
    public async Task An_inner_interceptor_without_a_result_behaves_as_without_this_one()
    {
        await using var container = Container(
            static _ => Interceptor(static invocation => invocation.Proceed()),
            static _ => Interceptor(static _ => { }));
        var bare = new ProxyGenerator().CreateInterfaceProxyWithTarget<IPlain>(new Plain(), Interceptor(static _ => { }));
        var traced = container.Resolve<IPlain>();

        Assert.Null(traced.RunAsync());
        await AssertSameFailureAsync(static plain => plain.RunValueAsync().AsTask());
        await AssertSameFailureAsync(static plain => plain.GetValueAsync().AsTask());

        Assert.Equal("IPlain.RunAsync; IPlain.RunValueAsync; IPlain.GetValueAsync", await container.TreesAsync());

        async Task AssertSameFailureAsync(Func<IPlain, Task> call)
        {
            var expected = await Assert.ThrowsAnyAsync<Exception>(() => call(bare));
            var actual = await Assert.ThrowsAnyAsync<Exception>(() => call(traced));
            Assert.Equal((expected.GetType(), expected.Message), (actual.GetType(), actual.Message));
        }
    }

    private static TracedContainer Container(Func<IWork, IInterceptor> before, Func<IWork, IInterceptor> after) => new(builder =>
    {
        builder.RegisterType<Work>().As<IWork>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.Register(context => before(context.Resolve<IWork>())).Named<IInterceptor>("before");
        builder.Register(context => after(context.Resolve<IWork>())).Named<IInterceptor>("after");
        builder.RegisterType<Plain>()
            .As<IPlain>()
            .EnableInterfaceInterceptors()
            .InterceptedBy("before")
            .InterceptedBy(typeof(OpenlayerInterceptor))
            .InterceptedBy("after");
    });

    private static DelegatingInterceptor Interceptor(Action<IInvocation> intercept) => new(intercept);

    public interface IGreeter
    {
        Task<string> GreetAsync();
    }

    public interface IPlain
    {
        void Run();

        Task RunAsync();

        ValueTask RunValueAsync();

        ValueTask<int> GetValueAsync();
    }

    [Intercept(typeof(OpenlayerInterceptor))]
    public class Greeter : IGreeter
    {
        public virtual async Task<string> GreetAsync()
        {
            await Task.Yield();
            return "hello";
        }
    }

    public sealed class Plain : IPlain
    {
        public void Run()
        {
        }

        public Task RunAsync() => Task.CompletedTask;

        public ValueTask RunValueAsync() => default;

        public ValueTask<int> GetValueAsync() => new(1);
    }

    private sealed class DelegatingInterceptor(Action<IInvocation> intercept) : IInterceptor
    {
        public void Intercept(IInvocation invocation) => intercept(invocation);
    }
}
