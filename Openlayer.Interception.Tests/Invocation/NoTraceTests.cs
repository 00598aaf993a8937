using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class NoTraceTests
{
    [Theory, InlineData(true), InlineData(false)]
    public async Task An_untraced_call_passes_through_and_nested_calls_are_the_callers(bool ofInterface)
    {
        await using var container = Container(ofInterface);
        var work = container.Work;

        await work.DoAsync("request", async () =>
        {
            await container.Resolve<IQuiet>().RunAsync(() => work.Do("nested"));
            await container.Resolve<IMixed>().QuietAsync(() => work.Do("nested too"));
        });

        Assert.Equal("request(nested, nested too)", await container.TreesAsync());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_most_specific_attribute_takes_precedence(bool ofInterface)
    {
        await using var container = Container(ofInterface);

        await container.Resolve<IQuiet>().LoudAsync();
        await container.Resolve<IMixed>().LoudAsync();

        Assert.Equal(
            ofInterface ? "IQuiet.LoudAsync; IMixed.LoudAsync" : "Quiet.LoudAsync; Mixed.LoudAsync",
            await container.TreesAsync());
    }

    private static TracedContainer Container(bool ofInterface) => new(builder =>
    {
        builder.RegisterType<Work>().As<IWork>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        var quiet = builder.RegisterType<Quiet>().As<IQuiet>().InterceptedBy(typeof(OpenlayerInterceptor));
        var mixed = builder.RegisterType<Mixed>().As<IMixed>().InterceptedBy(typeof(OpenlayerInterceptor));
        if (ofInterface)
        {
            quiet.EnableInterfaceInterceptors();
            mixed.EnableInterfaceInterceptors();
        }
        else
        {
            quiet.EnableClassInterceptors();
            mixed.EnableClassInterceptors();
        }
    });

    public interface IQuiet
    {
        Task RunAsync(Action body);

        Task LoudAsync();
    }

    public interface IMixed
    {
        Task QuietAsync(Action body);

        Task LoudAsync();
    }

    [NoTrace]
    public class Quiet : IQuiet
    {
        public virtual async Task RunAsync(Action body)
        {
            await Task.Yield();
            body();
        }

        [Trace]
        public virtual Task LoudAsync() => Task.CompletedTask;
    }

    public class Mixed : IMixed
    {
        [NoTrace]
        public virtual async Task QuietAsync(Action body)
        {
            await Task.Yield();
            body();
        }

        public virtual Task LoudAsync() => Task.CompletedTask;
    }
}
