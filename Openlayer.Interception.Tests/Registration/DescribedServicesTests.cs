using Autofac;
using Autofac.Extras.DynamicProxy;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>An Autofac container says which services are traced, and why others are not.</summary>
public sealed class DescribedServicesTests : IDisposable
{
    private readonly RecordedLog _log = new();
    private readonly ContainerBuilder _builder = new();

    public DescribedServicesTests() => _builder.RegisterOpenlayer(options => (options.SendToOpenlayer, options.LoggerFactory) = (false, _log));

    public void Dispose() => _log.Dispose();

    [Theory]
    [InlineData(typeof(Plain), typeof(IPlain), null)]
    [InlineData(typeof(Plain), typeof(Plain), "is not an interface")]
    [InlineData(typeof(Hidden), typeof(IHidden), "is not visible to Castle DynamicProxy")]
    [InlineData(typeof(OfHidden), typeof(IOf<IHidden>), "IHidden of ")]
    [InlineData(typeof(Excluded), typeof(IPlain), "Excluded has [NoTrace]")]
    [InlineData(typeof(Untraced), typeof(IUntraced), "IUntraced has [NoTrace]")]
    public void A_service_that_the_predicate_selects_is_traced_or_the_description_says_why_not(Type implementation, Type service, string? reason)
    {
        _builder.InterceptServices(selected => selected == service);
        _builder.RegisterType(implementation).As(service);
        using var container = _builder.Build();

        AssertDescribed(container, service, reason);
        Assert.DoesNotContain(_log.Messages, static message => message.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Contains(_log.Messages, message => message.StartsWith("Debug", StringComparison.Ordinal) && message.Contains(reason ?? "is traced", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(typeof(Plain), typeof(IPlain), null)]
    [InlineData(typeof(Hidden), typeof(IHidden), "is not visible to Castle DynamicProxy")]
    [InlineData(typeof(Excluded), typeof(IPlain), "Excluded has [NoTrace]")]
    public void A_registration_of_an_interface_that_can_trace_nothing_is_a_warning_at_the_start(Type implementation, Type service, string? reason)
    {
        _builder.RegisterType(implementation).As(service).EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

        AssertWarned(service, reason);
    }

    [Theory]
    [InlineData(typeof(Virtual), null)]
    [InlineData(typeof(Plain), "Plain has no virtual methods")]
    [InlineData(typeof(Sealed), "Sealed is sealed")]
    [InlineData(typeof(Hidden), "Hidden is not visible to Castle DynamicProxy")]
    [InlineData(typeof(ExcludedVirtual), "ExcludedVirtual has [NoTrace]")]
    public void A_registration_of_a_class_that_can_trace_nothing_is_a_warning_at_the_start(Type implementation, string? reason)
    {
        _builder.RegisterType(implementation).InterceptedBy(typeof(OpenlayerInterceptor));

        AssertWarned(implementation, reason);
    }

    [Fact]
    public void A_service_that_nothing_selects_says_so()
    {
        _builder.RegisterType<Plain>().As<IPlain>();
        using var container = _builder.Build();

        AssertDescribed(container, typeof(IPlain), "its registration does not name OpenlayerInterceptor, and InterceptServices does not select it");
        Assert.Empty(_log.Messages);
    }

    [Fact]
    public async Task A_service_that_is_traced_twice_over_is_described_once_and_is_one_step()
    {
        var publisher = new InMemoryTracePublisher();
        _builder.RegisterOpenlayer(options => options.Publishers.Add(publisher));
        _builder.InterceptServices(static service => service == typeof(IPlain));
        _builder.RegisterType<Plain>().As<IPlain>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        await using var container = _builder.Build();

        container.Resolve<IPlain>().Call();

        AssertDescribed(container, typeof(IPlain), reason: null);
        await container.Resolve<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("IPlain.Call", Tree.Of(Assert.Single(publisher.Traces).Root));
    }

    [Fact]
    public void The_tracer_is_not_created_at_the_start_if_there_is_nothing_to_warn_of()
    {
        var isConfigured = false;
        _builder.RegisterOpenlayer((_, _) => isConfigured = true);
        _builder.RegisterType<Plain>().As<IPlain>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        using var container = _builder.Build();

        Assert.False(isConfigured);
    }

    private static void AssertDescribed(IContainer container, Type service, string? reason)
    {
        var described = Assert.Single(container.Resolve<OpenlayerTracer>().DescribeServices(), described => described.ServiceType == service);
        Assert.Equal(reason is null, described.IsIntercepted);
        Assert.Equal(reason is null, described.ReasonNot is null);
        Assert.Contains(reason ?? "", described.ReasonNot ?? "", StringComparison.Ordinal);
    }

    private void AssertWarned(Type service, string? reason)
    {
        using var container = _builder.Build();

        var warnings = _log.Messages.Where(static message => message.StartsWith("Warning", StringComparison.Ordinal)).ToArray();
        Assert.Equal(reason is null ? 0 : 1, warnings.Length);
        Assert.All(warnings, warning => Assert.Contains(reason!, warning, StringComparison.Ordinal));
        AssertDescribed(container, service, reason);
    }

    private interface IHidden;

    public interface IOf<T>;

    private sealed class OfHidden : IOf<IHidden>;

    public interface IPlain
    {
        void Call();
    }

    [NoTrace]
    public interface IUntraced;

    public class Plain : IPlain
    {
        public void Call()
        {
        }
    }

    public sealed class Sealed : IPlain
    {
        public void Call()
        {
        }
    }

    public class Virtual
    {
        public virtual void Call()
        {
        }
    }

    [NoTrace]
    public class ExcludedVirtual : Virtual;

    [NoTrace]
    public class Excluded : Plain;

    public class Untraced : IUntraced;

    private class Hidden : IHidden
    {
        public virtual void Call()
        {
        }
    }
}
