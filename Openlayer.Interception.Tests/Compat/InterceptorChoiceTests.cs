using Autofac;
using Autofac.Builder;
using Autofac.Core;
using Autofac.Core.Registration;
using Autofac.Extras.DynamicProxy;
using Castle.DynamicProxy;

namespace Openlayer.Interception.Tests.Compat;

public sealed class InterceptorChoiceTests
{
    [Fact]
    public void Interceptors_are_resolved_by_type_by_name_and_by_service()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<B>().Named<IInterceptor>("b");
            builder.RegisterType<C>().Keyed<C>(3);
            builder.RegisterType<Greeter>().Named<IGreeter>("type").EnableInterfaceInterceptors().InterceptedBy(typeof(A));
            builder.RegisterType<Greeter>().Named<IGreeter>("name").EnableInterfaceInterceptors().InterceptedBy("b");
            builder
                .RegisterType<Greeter>()
                .Named<IGreeter>("service")
                .EnableInterfaceInterceptors()
                .InterceptedBy(new KeyedService(3, typeof(C)));
        });

        Assert.Equal("A(hello)", container.ResolveNamed<IGreeter>("type").Greet());
        Assert.Equal("B(hello)", container.ResolveNamed<IGreeter>("name").Greet());
        Assert.Equal("C(hello)", container.ResolveNamed<IGreeter>("service").Greet());
    }

    [Fact]
    public void Interceptors_run_in_the_order_in_which_they_are_named()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(C), typeof(A), typeof(B));
            builder.RegisterType<Greeter>().EnableClassInterceptors().InterceptedBy(typeof(C), typeof(A), typeof(B));
        });

        Assert.Equal("C(A(B(hello)))", container.Resolve<IGreeter>().Greet());
        Assert.Equal("C(A(B(hello)))", container.Resolve<Greeter>().Greet());
    }

    [Fact]
    public void Calls_are_cumulative_and_can_precede_enabling_interception()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<C>().Named<IInterceptor>("c");
            builder
                .RegisterType<Greeter>()
                .As<IGreeter>()
                .InterceptedBy(typeof(B))
                .EnableInterfaceInterceptors()
                .InterceptedBy("c")
                .InterceptedBy(typeof(A));
        });

        Assert.Equal("B(C(A(hello)))", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void An_interceptor_named_twice_runs_once()
    {
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A), typeof(B)).InterceptedBy(typeof(A)));

        Assert.Equal("A(B(hello))", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void The_array_of_services_is_kept()
    {
        Service[] services = [new TypedService(typeof(A))];
        using var container = Build(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(services));
        services[0] = new TypedService(typeof(B));

        Assert.Equal("B(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Intercept(typeof(A))]
    [Intercept("b")]
    public class Marked : IGreeter
    {
        public virtual string Greet() => "hello";
    }

    public sealed class MarkedByBase : Marked
    {
        public override string Greet() => "hi";
    }

    [Fact]
    public void Class_attributes_name_interceptors_by_type_and_by_name()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<B>().Named<IInterceptor>("b");
            builder.RegisterType<Marked>().EnableClassInterceptors();
            builder.Register(_ => new Marked()).As<IGreeter>().EnableInterfaceInterceptors();
            builder.RegisterType<MarkedByBase>().Named<IGreeter>("derived").EnableInterfaceInterceptors();
        });

        Assert.Equal("A(B(hello))", Sorted(container.Resolve<Marked>().Greet()));
        Assert.Equal("A(B(hello))", Sorted(container.Resolve<IGreeter>().Greet()));
        Assert.Equal("A(B(hi))", Sorted(container.ResolveNamed<IGreeter>("derived").Greet()));

        // The order of attributes on one type is not defined.
        static string Sorted(string result) => result.Replace("B(A(", "A(B(", StringComparison.Ordinal);
    }

    [Intercept(typeof(C))]
    public interface IMarked
    {
        string Answer();
    }

    [LoggedByB]
    public class BothMarked : IMarked
    {
        public virtual string Answer() => "yes";
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class LoggedByBAttribute() : InterceptAttribute(new TypedService(typeof(B)));

    [Fact]
    public void Interceptors_of_the_registration_come_before_those_of_the_class_and_those_of_its_interfaces()
    {
        using var container = Build(builder =>
        {
            builder.RegisterType<BothMarked>().As<IMarked>().EnableInterfaceInterceptors().InterceptedBy(typeof(A));
            builder.RegisterType<BothMarked>().EnableClassInterceptors().InterceptedBy(typeof(A));
        });

        Assert.Equal("A(B(C(yes)))", container.Resolve<IMarked>().Answer());
        Assert.Equal("A(B(C(yes)))", container.Resolve<BothMarked>().Answer());
    }

    [Fact]
    public void Scanned_classes_have_the_interceptors_of_the_scan_and_their_own()
    {
        using var container = Build(builder => builder
            .RegisterTypes(typeof(BothMarked), typeof(Greeter))
            .AsImplementedInterfaces()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(A)));

        Assert.Equal("A(B(C(yes)))", container.Resolve<IMarked>().Answer());
        Assert.Equal("A(hello)", container.Resolve<IGreeter>().Greet());
    }

    [Fact]
    public void Resolving_fails_if_an_interceptor_is_not_registered()
    {
        using var container = new ContainerBuilder().Build();
        using var scope = container.BeginLifetimeScope(builder =>
            builder.RegisterType<Greeter>().As<IGreeter>().EnableInterfaceInterceptors().InterceptedBy(typeof(A)));

        var failure = Assert.Throws<DependencyResolutionException>(scope.Resolve<IGreeter>);

        Assert.IsType<ComponentNotRegisteredException>(failure.InnerException);
    }

    [Fact]
    public void Null_arguments_are_rejected()
    {
        IRegistrationBuilder<Greeter, object, object> none = null!;
        var registration = new ContainerBuilder().RegisterType<Greeter>();

        Assert.Throws<ArgumentNullException>("builder", () => none.InterceptedBy(typeof(A)));
        Assert.Throws<ArgumentNullException>("builder", () => none.InterceptedBy("a"));
        Assert.Throws<ArgumentNullException>("builder", () => none.InterceptedBy(new TypedService(typeof(A))));
        Assert.Throws<ArgumentNullException>("interceptorServiceTypes", () => registration.InterceptedBy((Type[])null!));
        Assert.Throws<ArgumentNullException>("interceptorServiceNames", () => registration.InterceptedBy((string[])null!));
        Assert.Throws<ArgumentNullException>("interceptorServices", () => registration.InterceptedBy((Service[])null!));
        Assert.Throws<ArgumentNullException>("interceptorServices", () => registration.InterceptedBy((Service)null!));
        Assert.Throws<ArgumentNullException>("interceptorServiceTypes", () => registration.InterceptedBy((Type)null!));
        Assert.Throws<ArgumentNullException>("interceptorServiceNames", () => registration.InterceptedBy((string)null!));
        Assert.Throws<ArgumentNullException>("interceptorService", () => new InterceptAttribute((Service)null!));
    }

    private static IContainer Build(Action<ContainerBuilder> register)
    {
        var builder = new ContainerBuilder();
        builder.RegisterType<A>();
        builder.RegisterType<B>();
        builder.RegisterType<C>();
        register(builder);
        return builder.Build();
    }
}
