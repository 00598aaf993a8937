using Autofac;
using Autofac.Core;
using Autofac.Extras.DynamicProxy;
using Autofac.Features.Metadata;
using Autofac.Features.OwnedInstances;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

public sealed class InterfaceInterceptionTests
{
    [Fact]
    public void A_registered_type_is_intercepted()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void A_type_known_only_at_run_time_is_intercepted()
    {
        using var container = Build(builder =>
            builder.RegisterType(typeof(Greeter)).As(typeof(IGreeter)).EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void An_instance_from_a_factory_delegate_is_intercepted()
    {
        using var container = Build(builder =>
            builder.Register(_ => new Greeter()).As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void A_registered_instance_is_intercepted()
    {
        using var container = Build(builder =>
            builder.RegisterInstance(new Greeter()).As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void Scanned_types_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterTypes(typeof(Greeter), typeof(TextHandler))
            .AsImplementedInterfaces()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
        Assert.Equal("A(text x)", container.Resolve<IHandler<string>>().Handle("x"));
    }

    [Fact]
    public void Scanned_types_that_are_registered_as_themselves_too_are_refused()
    {
        using var container = Build(builder => builder
            .RegisterAssemblyTypes(typeof(TextHandler).Assembly)
            .AsClosedTypesOf(typeof(IHandler<>))
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        AssertRefused(container.Resolve<IHandler<string>>);
    }

    [Fact]
    public void An_open_generic_is_intercepted_in_each_of_its_closed_forms()
    {
        using var container = Build(builder =>
            builder.RegisterGeneric(typeof(AnyHandler<>)).As(typeof(IHandler<>)).EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(any x)", container.Resolve<IHandler<string>>().Handle("x"));
        Assert.Equal("A(any 1)", container.Resolve<IHandler<int>>().Handle(1));
    }

    [Fact]
    public void Scanned_open_generics_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterAssemblyOpenGenericTypes(typeof(AnyHandler<>).Assembly)
            .Where(type => type == typeof(AnyHandler<>))
            .As(typeof(IHandler<>))
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(any x)", container.Resolve<IHandler<string>>().Handle("x"));
    }

    [Fact]
    public void Named_and_keyed_services_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterType<Greeter>()
            .Named<IGreeter>("name")
            .Keyed<IGreeter>(5)
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.ResolveNamed<IGreeter>("name").Greet());
        Assert.Equal("A(hello)", container.ResolveKeyed<IGreeter>(5).Greet());
    }

    [Fact]
    public void Services_behind_a_relationship_type_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterType<Greeter>()
            .As<IGreeter>()
            .WithMetadata("tone", "warm")
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<Func<IGreeter>>()().Greet());
        Assert.Equal("A(hello)", container.Resolve<Lazy<IGreeter>>().Value.Greet());
        Assert.Equal("A(hello)", Assert.Single(container.Resolve<IEnumerable<IGreeter>>()).Greet());
        using var owned = container.Resolve<Owned<IGreeter>>();
        Assert.Equal("A(hello)", owned.Value.Greet());
        var meta = container.Resolve<Meta<IGreeter>>();
        Assert.Equal("A(hello)", meta.Value.Greet());
        Assert.Equal("warm", meta.Metadata["tone"]);
    }

    public delegate IGreeter NamedGreeterFactory(string name);

    public sealed class NamedGreeter(string name) : IGreeter
    {
        public string Greet() => $"hello {name}";
    }

    [Fact]
    public void A_delegate_factory_passes_its_arguments_and_returns_a_proxy()
    {
        using var container = Build(builder =>
            builder.RegisterType<NamedGreeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello Ada)", container.Resolve<NamedGreeterFactory>()("Ada").Greet());
        Assert.Equal("A(hello Ada)", container.Resolve<Func<string, IGreeter>>()("Ada").Greet());
    }

    [Fact]
    public void The_proxy_implements_all_interfaces_of_the_instance_and_only_them()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        var greeter = container.Resolve<IGreeter>();

        Assert.Equal("A(bye)", Assert.IsType<IParting>(greeter, exactMatch: false).Part());
        Assert.IsNotType<Greeter>(greeter, exactMatch: false);
    }

    [Fact]
    public void Without_interceptors_the_proxy_forwards_calls()
    {
        using var container = Build(builder => builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors());

        var greeter = container.Resolve<IGreeter>();

        Assert.True(ProxyUtil.IsProxy(greeter));
        Assert.Equal("hello", greeter.Greet());
    }

    [Fact]
    public void A_component_that_is_registered_as_a_class_is_refused_with_a_message_that_names_the_fix()
    {
        using var container = Build(builder => builder.RegisterType<Greeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        var message = AssertRefused(container.Resolve<Greeter>);

        Assert.Contains(nameof(Greeter), message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_service_of_the_component_must_be_an_interface_whichever_is_resolved()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().AsSelf().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        AssertRefused(container.Resolve<IGreeter>);
        AssertRefused(container.Resolve<Greeter>);
    }

    internal interface IInternal
    {
        string Answer();
    }

    private interface IPrivate;

    private sealed class Hidden : IGreeter, IInternal, IPrivate
    {
        public string Greet() => "hello";

        public string Answer() => "yes";
    }

    private sealed record HiddenRecord : IGreeter
    {
        public string Greet() => "hello";
    }

    private sealed class HandlerOfHidden : IGreeter, IHandler<Hidden[]>
    {
        public string Greet() => "hello";

        public string Handle(Hidden[] command) => "handled";
    }

    [Fact]
    public void An_internal_interface_visible_to_the_proxy_assembly_is_intercepted()
    {
        using var container = Build(builder =>
            builder.RegisterType<Hidden>().As<IInternal>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(yes)", container.Resolve<IInternal>().Answer());
    }

    [Fact]
    public void Interfaces_that_the_proxy_assembly_cannot_see_are_left_out()
    {
        using var container = Build(builder => builder.RegisterType<Hidden>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        var greeter = container.Resolve<IGreeter>();

        Assert.Equal("A(hello)", greeter.Greet());
        Assert.IsNotType<IPrivate>(greeter, exactMatch: false);
    }

    [Fact]
    public void A_type_argument_that_the_proxy_assembly_cannot_see_is_refused_by_Castle()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<HiddenRecord>().Named<IGreeter>("record").EnableInterfaceInterceptors();
            builder.RegisterType<HandlerOfHidden>().Named<IGreeter>("array").EnableInterfaceInterceptors();
        });

        Assert.Contains(
            "is not accessible",
            Assert.Throws<DependencyResolutionException>(() => container.ResolveNamed<IGreeter>("record")).ToString(),
            StringComparison.Ordinal);
        Assert.Throws<DependencyResolutionException>(() => container.ResolveNamed<IGreeter>("array"));
    }

    [Fact]
    public void An_interface_invisible_to_the_proxy_assembly_is_refused_with_a_message_that_names_the_fix()
    {
        using var container = Build(builder => builder.RegisterType<Hidden>().As<IPrivate>().EnableInterfaceInterceptors());

        AssertRefused(container.Resolve<IPrivate>);
    }

    [Fact]
    public void The_condition_decides_by_the_class_of_the_instance()
    {
        var asked = new List<Type>();
        using var container = Build(builder => builder
            .RegisterTypes(typeof(TextHandler), typeof(NumberHandler))
            .AsImplementedInterfaces()
            .EnableInterfaceInterceptors(type =>
            {
                asked.Add(type);
                return type == typeof(TextHandler);
            })
            .InterceptedBy(typeof(A)));

        Assert.Empty(asked);
        Assert.Equal("A(text x)", container.Resolve<IHandler<string>>().Handle("x"));
        Assert.IsType<NumberHandler>(container.Resolve<IHandler<int>>());
        Assert.Equal([typeof(TextHandler), typeof(NumberHandler)], asked);
    }

    [Fact]
    public void A_component_excluded_by_the_condition_can_be_resolved_as_a_class()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().EnableInterfaceInterceptors(_ => false).InterceptedBy(typeof(A)));

        Assert.IsType<Greeter>(container.Resolve<Greeter>());
    }

    [Fact]
    public void Options_and_condition_are_independent_and_optional()
    {
        using var container = Build(builder =>
        {
            builder
                .RegisterType<Greeter>()
                .Named<IGreeter>("neither")
                .EnableInterfaceInterceptors(options: null, shouldIntercept: null)
                .InterceptedBy(typeof(A));
            builder
                .RegisterType<Greeter>()
                .Named<IGreeter>("both")
                .EnableInterfaceInterceptors(ProxyOptions.WithMixin(), _ => true)
                .InterceptedBy(typeof(A));
        });

        Assert.Equal("A(hello)", container.ResolveNamed<IGreeter>("neither").Greet());
        var greeter = container.ResolveNamed<IGreeter>("both");
        Assert.Equal("A(hello)", greeter.Greet());
        Assert.IsType<ProxyOptions.ICounter>(greeter, exactMatch: false);
    }

    [Fact]
    public void A_hook_leaves_methods_out()
    {
        using var container = Build(builder => builder
            .RegisterType<Greeter>()
            .As<IGreeter, IParting>()
            .EnableInterfaceInterceptors(ProxyOptions.WithHookFor(nameof(IParting.Part)))
            .InterceptedBy(typeof(A)));

        Assert.Equal("hello", container.Resolve<IGreeter>().Greet());
        Assert.Equal("A(bye)", container.Resolve<IParting>().Part());
    }

    [Fact]
    public void A_selector_picks_interceptors()
    {
        using var container = Build(builder => builder
            .RegisterType<Greeter>()
            .As<IGreeter>()
            .EnableInterfaceInterceptors(ProxyOptions.WithSelectorOfFirst())
            .InterceptedBy(typeof(B), typeof(A)));

        Assert.Equal("B(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void A_mixin_adds_its_interfaces()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors(ProxyOptions.WithMixin()).InterceptedBy(typeof(A)));

        var greeter = container.Resolve<IGreeter>();

        Assert.Equal("A(hello)", greeter.Greet());
        Assert.Equal(7, Assert.IsType<ProxyOptions.ICounter>(greeter, exactMatch: false).Count);
        Assert.Equal("A(mixin)", Assert.IsType<ProxyOptions.IName>(greeter, exactMatch: false).Name);
    }

    public sealed class Conversation : IParting
    {
        public IGreeter? Greeter { get; set; }

        public string Part() => $"{Greeter?.Greet()} and bye";
    }

    [Fact]
    public void Properties_of_the_target_are_injected()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder
                .RegisterType<Conversation>()
                .As<IParting>()
                .PropertiesAutowired()
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A));
        });

        Assert.Equal("A(hello and bye)", container.Resolve<IParting>().Part());
    }

    public interface ILeft
    {
        IRight? Right { get; }

        string Name();
    }

    public interface IRight
    {
        ILeft? Left { get; }
    }

    public sealed class Left : ILeft
    {
        public IRight? Right { get; set; }

        public string Name() => "left";
    }

    public sealed class Right : IRight
    {
        public ILeft? Left { get; set; }
    }

    [Fact]
    public void Circular_property_injection_works()
    {
        using var container = Build(builder =>
        {
            const PropertyWiringOptions Circular = PropertyWiringOptions.AllowCircularDependencies;
            builder
                .RegisterType<Left>()
                .As<ILeft>()
                .SingleInstance()
                .PropertiesAutowired(Circular)
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A));
            builder
                .RegisterType<Right>()
                .As<IRight>()
                .SingleInstance()
                .PropertiesAutowired(Circular)
                .EnableInterfaceInterceptors()
                .InterceptedBy(typeof(A));
        });

        var left = container.Resolve<ILeft>();

        Assert.Same(left, left.Right?.Left);
        Assert.Equal("A(left)", left.Right?.Left?.Name());
    }

    [Fact]
    public void A_proxy_cannot_be_the_target_of_a_proxy()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().Named<IGreeter>("inner").EnableInterfaceInterceptors().InterceptedBy(typeof(A));
            builder.Register(context => context.ResolveNamed<IGreeter>("inner")).EnableInterfaceInterceptors().InterceptedBy(typeof(B));
        });

        Assert.Contains(
            "proxy an existing proxy",
            Assert.Throws<DependencyResolutionException>(container.Resolve<IGreeter>).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Containers_share_generated_types()
    {
        using var one = Build(builder => builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors());
        using var other = Build(builder => builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors());

        Assert.Same(one.Resolve<IGreeter>().GetType(), other.Resolve<IGreeter>().GetType());
    }

    [Fact]
    public void A_null_registration_is_rejected()
    {
        Autofac.Builder.IRegistrationBuilder<Greeter, object, object> none = null!;

        Assert.Throws<ArgumentNullException>("registration", () => none.EnableInterfaceInterceptors());
        Assert.Throws<ArgumentNullException>("registration", () => none.EnableInterfaceInterceptors(_ => true));
        Assert.Throws<ArgumentNullException>("registration", () => none.EnableInterfaceInterceptors(ProxyGenerationOptions.Default, null));
    }

    private static string AssertRefused(Func<object?> resolve)
    {
        var failure = Assert.Throws<DependencyResolutionException>(resolve);
        var message = Assert.IsType<InvalidOperationException>(failure.InnerException).Message;
        Assert.Contains("cannot use interface interception as it provides services that are not publicly visible interfaces", message, StringComparison.Ordinal);
        return message;
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
