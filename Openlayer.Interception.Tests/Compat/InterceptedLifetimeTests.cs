using Autofac;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

public sealed class InterceptedLifetimeTests
{
    [Fact]
    public void A_single_instance_is_one_proxy_in_every_scope_and_under_every_service()
    {
        using var container = Build(builder =>
            builder
                .RegisterType<Greeter>()
                .As<IGreeter, IParting>()
                .SingleInstance()
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A)));
        using var scope = container.BeginLifetimeScope();

        var greeter = container.Resolve<IGreeter>();

        Assert.Same(greeter, scope.Resolve<IGreeter>());
        Assert.Same(greeter, scope.Resolve<IParting>());
    }

    [Fact]
    public void An_auto_activated_instance_is_the_proxy_that_is_resolved_later()
    {
        using var container = Build(builder =>
            builder
                .RegisterType<Greeter>()
                .As<IGreeter>()
                .SingleInstance()
                .AutoActivate()
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void Each_nested_scope_has_its_own_proxy_and_interceptors()
    {
        using var container = Build(builder =>
        {
            builder.Register(context => new TagInterceptor(context.Resolve<ScopeName>().Value)).InstancePerLifetimeScope();
            builder
                .RegisterType<Greeter>()
                .As<IGreeter>()
                .InstancePerLifetimeScope()
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(TagInterceptor));
        });
        using var one = container.BeginLifetimeScope(builder => builder.RegisterInstance(new ScopeName("one")));
        using var two = container.BeginLifetimeScope(builder => builder.RegisterInstance(new ScopeName("two")));

        Assert.Equal("one(hello)", one.Resolve<IGreeter>().Greet());
        Assert.Equal("two(hello)", two.Resolve<IGreeter>().Greet());
        Assert.Same(one.Resolve<IGreeter>(), one.Resolve<IGreeter>());
    }

    [Fact]
    public void A_registration_of_a_nested_scope_is_intercepted()
    {
        using var container = Build(_ => { });
        using var scope = container.BeginLifetimeScope(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", scope.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void The_target_is_disposed_once_when_its_scope_ends()
    {
        var target = new DisposableGreeter();
        using var container = Build(builder =>
            builder.Register(_ => target).As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        using (var scope = container.BeginLifetimeScope())
        {
            scope.Resolve<IGreeter>().Greet();
            Assert.Equal(0, target.Disposals);
        }

        Assert.Equal(1, target.Disposals);
    }

    [Fact]
    public void A_target_owned_elsewhere_is_not_disposed()
    {
        var target = new DisposableGreeter();
        using (var container = Build(builder =>
            builder.Register(_ => target).As<IGreeter>().ExternallyOwned().EnableInterfaceInterceptors().InterceptedBy(typeof(A))))
        {
            container.Resolve<IGreeter>().Greet();
        }

        Assert.Equal(0, target.Disposals);
    }

    [Fact]
    public void An_intercepted_class_is_disposed_once_when_its_scope_ends()
    {
        var disposals = 0;
        using (var container = Build(builder =>
            builder
                .RegisterType<DisposableClass>()
                .WithParameter(TypedParameter.From<Action>(() => disposals++))
                .EnableClassInterceptors()
                .InterceptedBy(typeof(A))))
        {
            container.Resolve<DisposableClass>();
        }

        Assert.Equal(1, disposals);
    }

    [Fact]
    public void Handlers_added_before_interface_interception_receive_the_target()
    {
        var seen = new List<object>();
        using var container = Build(builder => builder
            .RegisterType<Greeter>()
            .As<IGreeter>()
            .OnActivating(activating => seen.Add(activating.Instance))
            .OnActivated(activated => seen.Add(activated.Instance))
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
        Assert.Equal(2, seen.Count);
        Assert.All(seen, instance => Assert.IsType<Greeter>(instance));
    }

    [Fact]
    public void Handlers_added_after_interface_interception_and_on_release_receive_the_proxy()
    {
        var seen = new List<IGreeter>();
        IGreeter greeter;
        using (var container = Build(builder => builder
            .Register<IGreeter>(_ => new Greeter())
            .OnRelease(seen.Add)
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A))
            .OnActivating(activating => seen.Add(activating.Instance))
            .OnActivated(activated => seen.Add(activated.Instance))))
        {
            greeter = container.Resolve<IGreeter>();
        }

        Assert.Equal("A(hello)", greeter.Greet());
        Assert.Equal(3, seen.Count);
        Assert.All(seen, instance => Assert.Same(greeter, instance));
    }

    [Fact]
    public void A_release_handler_of_a_registration_that_is_typed_as_a_class_makes_disposal_throw()
    {
        var container = Build(static builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().OnRelease(static _ => { }).EnableInterfaceInterceptors().InterceptedBy(typeof(A)));
        container.Resolve<IGreeter>();

        Assert.Throws<InvalidCastException>(container.Dispose);
    }

    [Fact]
    public void Handlers_of_an_intercepted_class_receive_the_resolved_instance()
    {
        var seen = new List<Greeter>();
        Greeter greeter;
        using (var container = Build(builder => builder
            .RegisterType<Greeter>()
            .OnActivating(activating => seen.Add(activating.Instance))
            .EnableClassInterceptors()
            .InterceptedBy(typeof(A))
            .OnActivated(activated => seen.Add(activated.Instance))
            .OnRelease(seen.Add)))
        {
            greeter = container.Resolve<Greeter>();
        }

        Assert.True(ProxyUtil.IsProxy(greeter));
        Assert.Equal(3, seen.Count);
        Assert.All(seen, instance => Assert.Same(greeter, instance));
    }

    [Fact]
    public void A_decorator_wraps_the_proxy()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A));
            builder.RegisterDecorator<ShoutingGreeter, IGreeter>();
        });

        var greeter = container.Resolve<IGreeter>();

        Assert.IsType<ShoutingGreeter>(greeter);
        Assert.Equal("A(hello)!", greeter.Greet());
    }

    public sealed class CarefulHandler<TCommand>(IHandler<TCommand> inner) : IHandler<TCommand>
    {
        public string Handle(TCommand command) => $"careful {inner.Handle(command)}";
    }

    [Fact]
    public void A_generic_decorator_wraps_proxies_of_an_open_generic()
    {
        using var container = Build(builder =>
        {
            builder.RegisterGeneric(typeof(AnyHandler<>)).As(typeof(IHandler<>)).EnableInterfaceInterceptors().InterceptedBy(typeof(A));
            builder.RegisterGenericDecorator(typeof(CarefulHandler<>), typeof(IHandler<>));
        });

        Assert.Equal("careful A(any x)", container.Resolve<IHandler<string>>().Handle("x"));
    }

    [Fact]
    public void A_generic_decorator_may_itself_be_intercepted()
    {
        using var container = Build(builder =>
        {
            builder
                .RegisterGeneric(typeof(AnyHandler<>))
                .Named("bare", typeof(IHandler<>))
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A));
            builder
                .RegisterGenericDecorator(typeof(CarefulHandler<>), typeof(IHandler<>), fromKey: "bare")
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(B));
        });

        Assert.Equal("B(careful A(any x))", container.Resolve<IHandler<string>>().Handle("x"));
    }

    private sealed record ScopeName(string Value);

    public class DisposableClass(Action disposed) : IDisposable
    {
        public virtual void Dispose()
        {
            disposed();
            GC.SuppressFinalize(this);
        }
    }

    private static IContainer Build(Action<ContainerBuilder> register)
    {
        var builder = new ContainerBuilder();
        builder.RegisterType<A>();
        builder.RegisterType<B>();
        register(builder);
        return builder.Build();
    }
}
