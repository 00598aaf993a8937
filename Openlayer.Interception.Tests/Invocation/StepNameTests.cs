using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Invocation;

public sealed class StepNameTests
{
    [Fact]
    public async Task A_steps_default_name_is_the_call_as_written_in_code()
    {
        await using var container = Container();

        container.Resolve<IRepository<Order>>().Get(1);
        container.Resolve<IRepository<Order>>().Map<Dictionary<string, Order>>();
        container.Resolve<ClassOnly>().Run();

        Assert.Equal(
            "IRepository<Order>.Get; IRepository<Order>.Map<Dictionary<string, Order>>; ClassOnly.Run",
            await container.TreesAsync());
        Assert.All(await container.TracesAsync(), static trace => Assert.Equal(StepType.UserCall, trace.Root.Type));
    }

    [Fact]
    public async Task Type_arguments_are_named_as_they_are_written_in_code()
    {
        await using var container = new TracedContainer(static builder => builder.RegisterGeneric(typeof(Box<>)).As(typeof(IBox<>))
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));

        container.Resolve<IBox<string>>().Open();
        container.Resolve<IBox<int?>>().Open();
        container.Resolve<IBox<(int, string)>>().Open();
        container.Resolve<IBox<byte[]>>().Open();
        container.Resolve<IBox<object>>().Convert<(long?, List<bool>)>();

        Assert.Equal(
            "IBox<string>.Open; IBox<int?>.Open; IBox<(int, string)>.Open; IBox<byte[]>.Open; IBox<object>.Convert<(long?, List<bool>)>",
            await container.TreesAsync());
    }

    public interface IBox<T>
    {
        void Open();

        void Convert<TOther>();
    }

    public sealed class Box<T> : IBox<T>
    {
        public void Open()
        {
        }

        public void Convert<TOther>()
        {
        }
    }

    [Fact]
    public async Task An_attribute_on_a_method_takes_precedence_over_its_type_and_the_implementation_over_the_interface()
    {
        await using var container = Container();
        var annotated = container.Resolve<IAnnotated>();

        annotated.OfTypes();
        annotated.OfInterfaceMethod();
        annotated.OfImplementationMethod();
        annotated.OfBothMethods();

        var roots = (await container.TracesAsync()).Select(static trace => (trace.Root.Name, trace.Root.Type));
        Assert.Equal(
            [
                ("class.OfTypes", StepType.Agent),
                ("interface method", StepType.Agent),
                ("class.OfImplementationMethod", StepType.Tool),
                ("implementation method", StepType.Retriever),
            ],
            roots);
    }

    [Fact]
    public async Task The_type_of_a_step_determines_its_class()
    {
        await using var container = Container();
        var typed = container.Resolve<ITyped>();

        typed.Chat();
        typed.Embed();
        typed.Act();
        typed.Retrieve();
        typed.Call();
        typed.HandOff();
        typed.Check();

        Assert.Equal(
            [
                typeof(ChatCompletionStep), typeof(EmbeddingStep), typeof(AgentStep), typeof(RetrieverStep),
                typeof(ToolStep), typeof(HandoffStep), typeof(GuardrailStep),
            ],
            (await container.TracesAsync()).Select(static trace => trace.Root.GetType()));
    }

    private static TracedContainer Container() => new(static builder =>
    {
        builder.RegisterType<OrderRepository>()
            .As<IRepository<Order>>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Annotated>().As<IAnnotated>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Typed>().As<ITyped>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<ClassOnly>().EnableClassInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
    });

    public interface IRepository<T>
    {
        T Get(int id);

        void Map<TResult>();
    }

    [Trace(Name = "interface", StepType = StepType.Guardrail)]
    public interface IAnnotated
    {
        void OfTypes();

        [Trace(Name = "interface method")]
        void OfInterfaceMethod();

        void OfImplementationMethod();

        [Trace(Name = "never seen", StepType = StepType.Retriever)]
        void OfBothMethods();
    }

    public interface ITyped
    {
        [Trace(StepType = StepType.ChatCompletion)]
        void Chat();

        [Trace(StepType = StepType.Embedding)]
        void Embed();

        [Trace(StepType = StepType.Agent)]
        void Act();

        [Trace(StepType = StepType.Retriever)]
        void Retrieve();

        [Trace(StepType = StepType.Tool)]
        void Call();

        [Trace(StepType = StepType.Handoff)]
        void HandOff();

        [Trace(StepType = StepType.Guardrail)]
        void Check();
    }

    public sealed record Order(int Id);

    public sealed class OrderRepository : IRepository<Order>
    {
        public Order Get(int id) => new(id);

        public void Map<TResult>()
        {
        }
    }

    [Trace(Name = "class", StepType = StepType.Agent)]
    public sealed class Annotated : IAnnotated
    {
        public void OfTypes()
        {
        }

        public void OfInterfaceMethod()
        {
        }

        [Trace(StepType = StepType.Tool)]
        public void OfImplementationMethod()
        {
        }

        [Trace(Name = "implementation method")]
        public void OfBothMethods()
        {
        }
    }

    public sealed class Typed : ITyped
    {
        public void Chat()
        {
        }

        public void Embed()
        {
        }

        public void Act()
        {
        }

        public void Retrieve()
        {
        }

        public void Call()
        {
        }

        public void HandOff()
        {
        }

        public void Check()
        {
        }
    }

    public class ClassOnly
    {
        public virtual void Run()
        {
        }
    }
}
