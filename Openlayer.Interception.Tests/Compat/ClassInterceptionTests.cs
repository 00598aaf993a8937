using Autofac;
using Autofac.Builder;
using Autofac.Core;
using Autofac.Extras.DynamicProxy;
using Autofac.Features.AttributeFilters;
using Autofac.Features.Scanning;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

public sealed class ClassInterceptionTests
{
    [Fact]
    public void Virtual_methods_of_a_registered_class_are_intercepted_and_others_are_not()
    {
        using var container = Build(builder => builder.RegisterType<Greeter>().EnableClassInterceptors().InterceptedBy(typeof(A)));

        var greeter = container.Resolve<Greeter>();

        Assert.Equal("A(hello)", greeter.Greet());
        Assert.Equal("hello hello", greeter.GreetTwice());
    }

    [Fact]
    public void A_class_known_only_at_run_time_is_intercepted()
    {
        using var container = Build(builder => builder.RegisterType(typeof(Greeter)).EnableClassInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<Greeter>().Greet());
    }

    [Fact]
    public void A_class_resolved_as_its_interface_is_intercepted()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableClassInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void Scanned_classes_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterTypes(typeof(Greeter), typeof(TextHandler))
            .AsSelf()
            .AsImplementedInterfaces()
            .EnableClassInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(hello)", container.Resolve<Greeter>().Greet());
        Assert.Equal("A(text x)", container.Resolve<IHandler<string>>().Handle("x"));
    }

    [Fact]
    public void Closed_types_of_a_scanned_generic_interface_are_intercepted()
    {
        using var container = Build(builder => builder
            .RegisterAssemblyTypes(typeof(TextHandler).Assembly)
            .AsClosedTypesOf(typeof(IHandler<>))
            .EnableClassInterceptors(type => !type.IsSealed)
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(text x)", container.Resolve<IHandler<string>>().Handle("x"));
        Assert.Equal("A(number 1)", container.Resolve<IHandler<int>>().Handle(1));
    }

    [Fact]
    public void Class_and_interface_interception_cannot_be_combined()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableClassInterceptors().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        Assert.Contains(
            "proxy an existing proxy",
            Assert.Throws<DependencyResolutionException>(container.Resolve<IGreeter>).ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_condition_is_evaluated_when_a_class_is_registered()
    {
        var asked = new List<Type>();
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().Named<Greeter>("in").EnableClassInterceptors(Ask(true)).InterceptedBy(typeof(A));
            builder.RegisterType<Greeter>().Named<Greeter>("out").EnableClassInterceptors(Ask(false)).InterceptedBy(typeof(A));
        });

        Assert.Equal([typeof(Greeter), typeof(Greeter)], asked);
        Assert.Equal("A(hello)", container.ResolveNamed<Greeter>("in").Greet());
        Assert.Same(typeof(Greeter), container.ResolveNamed<Greeter>("out").GetType());
        Assert.Equal(2, asked.Count);

        Func<Type, bool> Ask(bool answer) => type =>
        {
            asked.Add(type);
            return answer;
        };
    }

    [Fact]
    public void The_condition_is_evaluated_for_each_scanned_class()
    {
        var asked = new List<Type>();
        using var container = Build(builder => builder
            .RegisterTypes(typeof(Greeter), typeof(TextHandler))
            .EnableClassInterceptors(type =>
            {
                asked.Add(type);
                return type == typeof(Greeter);
            })
            .InterceptedBy(typeof(A)));

        Assert.Equal([typeof(Greeter), typeof(TextHandler)], asked);
        Assert.Equal("A(hello)", container.Resolve<Greeter>().Greet());
        Assert.Equal("text x", container.Resolve<TextHandler>().Handle("x"));
    }

    public interface IAnswer
    {
        string Answer();
    }

    public sealed class AnswerInterceptor : IInterceptor
    {
        public void Intercept(IInvocation invocation)
        {
            if (invocation.Method.DeclaringType == typeof(IAnswer))
            {
                invocation.ReturnValue = "yes";
            }
            else
            {
                invocation.Proceed();
            }
        }
    }

    [Fact]
    public void Additional_interfaces_are_implemented_by_the_interceptors()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<AnswerInterceptor>();
            builder
                .RegisterType<Greeter>()
                .EnableClassInterceptors(new ProxyGenerationOptions(), additionalInterfaces: typeof(IAnswer))
                .InterceptedBy(typeof(A), typeof(AnswerInterceptor));
            builder
                .RegisterTypes(typeof(TextHandler))
                .EnableClassInterceptors(new ProxyGenerationOptions(), shouldIntercept: null, typeof(IAnswer))
                .InterceptedBy(typeof(A), typeof(AnswerInterceptor));
        });

        Assert.Equal("A(yes)", Assert.IsType<IAnswer>(container.Resolve<Greeter>(), exactMatch: false).Answer());
        Assert.Equal("A(yes)", Assert.IsType<IAnswer>(container.Resolve<TextHandler>(), exactMatch: false).Answer());
    }

    [Fact]
    public void A_hook_leaves_methods_out()
    {
        using var container = Build(builder =>
            builder
                .RegisterType<Greeter>()
                .EnableClassInterceptors(ProxyOptions.WithHookFor(nameof(Greeter.Part)))
                .InterceptedBy(typeof(A)));

        Assert.Equal("hello", container.Resolve<Greeter>().Greet());
        Assert.Equal("A(bye)", container.Resolve<Greeter>().Part());
    }

    [Fact]
    public void A_selector_picks_interceptors()
    {
        using var container = Build(builder =>
            builder
                .RegisterType<Greeter>()
                .EnableClassInterceptors(ProxyOptions.WithSelectorOfFirst())
                .InterceptedBy(typeof(B), typeof(A)));

        Assert.Equal("B(hello)", container.Resolve<Greeter>().Greet());
    }

    [Fact]
    public void A_mixin_adds_its_interfaces()
    {
        using var container = Build(builder => builder
            .RegisterTypes(typeof(Greeter))
            .EnableClassInterceptors(ProxyOptions.WithMixin())
            .InterceptedBy(typeof(A)));

        var greeter = container.Resolve<Greeter>();

        Assert.Equal("A(hello)", greeter.Greet());
        Assert.Equal(7, Assert.IsType<ProxyOptions.ICounter>(greeter, exactMatch: false).Count);
        Assert.Equal("A(mixin)", Assert.IsType<ProxyOptions.IName>(greeter, exactMatch: false).Name);
    }

    public class Service(IGreeter greeter)
    {
        private readonly int? _number;

        public Service(IGreeter greeter, int number = 5)
            : this(greeter) => _number = number;

        public virtual string Describe() => $"{greeter.Greet()} {_number}";
    }

    [Fact]
    public void A_dependency_is_injected_and_a_missing_one_fails()
    {
        using var complete = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.RegisterType<ShoutingClass>().EnableClassInterceptors().InterceptedBy(typeof(A));
        });
        using var incomplete = Build(builder => builder.RegisterType<ShoutingClass>().EnableClassInterceptors().InterceptedBy(typeof(A)));

        Assert.Equal("A(hello!)", complete.Resolve<ShoutingClass>().Greet());
        Assert.Throws<DependencyResolutionException>(incomplete.Resolve<ShoutingClass>);
    }

    [Fact]
    public void An_optional_constructor_parameter_keeps_its_default()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.RegisterType<Service>().EnableClassInterceptors().InterceptedBy(typeof(A));
        });

        Assert.Equal("A(hello 5)", container.Resolve<Service>().Describe());
    }

    [Fact]
    public void A_default_stays_behind_what_the_container_has_and_the_registration_and_the_caller_say()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.RegisterType<Service>().Named<Service>("container").EnableClassInterceptors();
            builder.RegisterType<Service>().Named<Service>("registration").EnableClassInterceptors().WithParameter("number", 7);
        });
        using var scope = container.BeginLifetimeScope(builder => builder.RegisterInstance((object)6).As<int>());

        Assert.Equal("hello 5", container.ResolveNamed<Service>("container").Describe());
        Assert.Equal("hello 6", scope.ResolveNamed<Service>("container").Describe());
        Assert.Equal("hello 7", scope.ResolveNamed<Service>("registration").Describe());
        Assert.Equal("hello 8", scope.ResolveNamed<Service>("registration", new NamedParameter("number", 8)).Describe());
    }

    [Fact]
    public void A_default_is_found_behind_mixins_and_a_selector()
    {
        var options = ProxyOptions.WithMixin();
        options.Selector = ProxyOptions.WithSelectorOfFirst().Selector;
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.RegisterType<Service>().EnableClassInterceptors(options).InterceptedBy(typeof(B), typeof(A));
        });

        Assert.Equal("B(hello 5)", container.Resolve<Service>().Describe());
    }

    public class Filtered([KeyFilter("loud")] IGreeter greeter)
    {
        public virtual string Greet() => greeter.Greet();
    }

    [Fact]
    public void A_key_filter_on_a_constructor_parameter_is_followed()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.Register(context => new ShoutingGreeter(context.Resolve<IGreeter>())).Keyed<IGreeter>("loud");
            builder.RegisterType<Filtered>().WithAttributeFiltering().EnableClassInterceptors().InterceptedBy(typeof(A));
        });

        Assert.Equal("A(hello!)", container.Resolve<Filtered>().Greet());
    }

    [Fact]
    public void A_constructor_that_is_chosen_is_not_found_on_the_generated_class()
    {
        Assert.Throws<DependencyResolutionException>(() => Build(static builder =>
            builder.RegisterType<Service>().UsingConstructor(typeof(IGreeter)).EnableClassInterceptors().InterceptedBy(typeof(A))));
        Assert.Throws<ArgumentException>(() => Build(static builder =>
            builder.RegisterType<Service>().EnableClassInterceptors().UsingConstructor(typeof(IGreeter))));
    }

    public class Numbered(int number)
    {
        public delegate Numbered Factory(int number);

        public IGreeter? Greeter { get; set; }

        public virtual string Describe() => $"{Greeter?.Greet()} {number}";
    }

    [Fact]
    public void Factories_and_property_injection_work_with_an_intercepted_class()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>();
            builder.RegisterType<Numbered>().PropertiesAutowired().EnableClassInterceptors().InterceptedBy(typeof(A));
        });

        Assert.Equal("A(hello 3)", container.Resolve<Numbered.Factory>()(3).Describe());
        Assert.Equal("A(hello 4)", container.Resolve<Func<int, Numbered>>()(4).Describe());
    }

    [Fact]
    public void Null_arguments_are_rejected()
    {
        IRegistrationBuilder<Greeter, ConcreteReflectionActivatorData, SingleRegistrationStyle> concrete = null!;
        IRegistrationBuilder<object, ScanningActivatorData, DynamicRegistrationStyle> scanning = null!;
        var builder = new ContainerBuilder();

        Assert.Throws<ArgumentNullException>("registration", () => concrete.EnableClassInterceptors());
        Assert.Throws<ArgumentNullException>("registration", () => concrete.EnableClassInterceptors(_ => true));
        Assert.Throws<ArgumentNullException>("registration", () => concrete.EnableClassInterceptors(ProxyGenerationOptions.Default));
        Assert.Throws<ArgumentNullException>("registration", () => scanning.EnableClassInterceptors());
        Assert.Throws<ArgumentNullException>("registration", () => scanning.EnableClassInterceptors(_ => true));
        Assert.Throws<ArgumentNullException>("registration", () => scanning.EnableClassInterceptors(ProxyGenerationOptions.Default));
        Assert.Throws<ArgumentNullException>(
            "options",
            () => builder.RegisterType<Greeter>().EnableClassInterceptors((ProxyGenerationOptions)null!));
    }

    public class ShoutingClass(IGreeter inner)
    {
        public virtual string Greet() => inner.Greet() + "!";
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
