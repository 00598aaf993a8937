using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>Which guardrails a method has, in which order, and where they come from.</summary>
public sealed class GuardrailSelectionTests
{
    [Guardrail(typeof(OnInterface))]
    public interface IMarked
    {
        [Guardrail(typeof(OnMethod))]
        string Ask(string question);

        string Other(string question);

        string Property { get; }
    }

    public interface IScoped
    {
        [Guardrail(typeof(ScopedGuardrail))]
        string Ask(string question);
    }

    public interface IWrong
    {
        [Guardrail(typeof(string))]
        string Lenient(string question);

        [Guardrail(typeof(string), Required = true)]
        string Strict(string question);

        [Guardrail(typeof(OnMethod), Required = true, TimeBudgetMilliseconds = -1)]
        string Budget(string question);

        [Guardrail(typeof(IGuardrail), Required = true)]
        string Unregistered(string question);
    }

    [Fact]
    public void Attributes_of_the_interface_the_class_and_the_method_check_in_this_order()
    {
        using var services = new Trail();

        var service = services.Tracer.Intercept<IMarked>(new Marked());
        Assert.Equal("answer", service.Ask("x"));
        Assert.Equal(["OnInterface", "OnClass", "OnMethod"], Trail.Taken());

        Assert.Equal("other", service.Other("x"));
        Assert.Equal(["Early", "OnInterface", "OnClass"], Trail.Taken());
        Assert.Equal("property", service.Property);
        Assert.Empty(Trail.Taken());
    }

    [Fact]
    public void An_order_takes_precedence_and_registrations_check_before_attributes()
    {
        using var services = new Trail(static options => options.Guardrails.Add<Registered>(static method => method.Name == nameof(IMarked.Ask)));

        services.Tracer.Intercept<IMarked>(new Marked()).Ask("x");
        Assert.Equal(["Registered", "OnInterface", "OnClass", "OnMethod"], Trail.Taken());

        services.Tracer.Intercept<IMarked>(new Marked()).Other("x");
        Assert.Equal(["Early", "OnInterface", "OnClass"], Trail.Taken());
    }

    [Fact]
    public void A_guardrail_that_a_method_has_twice_checks_once()
    {
        using var services = new Trail(static options => options.Guardrails.Add<OnInterface>(static _ => true));

        services.Tracer.Intercept<IMarked>(new Marked()).Ask("x");

        Assert.Single(Trail.Taken(), "OnInterface");
    }

    [Fact]
    public void A_type_that_is_no_guardrail_blocks_if_it_is_required_and_is_logged_otherwise()
    {
        using var services = new Trail();
        var service = services.Tracer.Intercept<IWrong>(new Wrong());

        Assert.Equal("x", service.Lenient("x"));
        Assert.Contains(services.Log.Messages, static message => message.Contains("The guardrail System.String failed", StringComparison.Ordinal));
        Assert.Equal(
            "[Guardrail] names System.String, which does not implement IGuardrail.",
            Assert.Throws<GuardrailBlockedException>(() => service.Strict("x")).InnerException!.Message);
        Assert.Equal(
            "GuardrailAttribute.TimeBudgetMilliseconds must be from 1 to 86,400,000, or 0 for no limit.",
            Assert.Throws<GuardrailBlockedException>(() => service.Budget("x")).InnerException!.Message);
        Assert.StartsWith(
            "The guardrail Openlayer.Interception.IGuardrail is not registered in the container.",
            Assert.Throws<GuardrailBlockedException>(() => service.Unregistered("x")).InnerException!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_predicate_that_throws_counts_as_a_failure_of_the_guardrail()
    {
        using var services = new Trail(static options =>
            options.Guardrails.Add(new AllowingGuardrail(), static _ => throw new InvalidOperationException("broke")).Required = true);

        Assert.Throws<GuardrailBlockedException>(() => services.Tracer.Intercept<IEchoes>(new Echoes()).Value("x"));
    }

    [Fact]
    public async Task A_scoped_guardrail_comes_from_the_scope_of_the_caller()
    {
        var services = new ServiceCollection();
        services.AddScoped<Tenant>().AddScoped<ScopedGuardrail>().AddScoped<IScoped, Scoped>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IScoped>();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });

        foreach (var tenant in new[] { "one", "two" })
        {
            await using var scope = provider.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Tenant>().Name = tenant;
            Assert.Equal($"{tenant}: x", scope.ServiceProvider.GetRequiredService<IScoped>().Ask("x"));
        }
    }

    [Fact]
    public async Task A_scoped_guardrail_of_a_singleton_comes_from_a_scope_of_its_own_that_ends_with_the_check()
    {
        var services = new ServiceCollection();
        services.AddScoped<Tenant>().AddScoped<ScopedGuardrail>().AddSingleton<IScoped, Scoped>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IScoped>();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true });

        Tenant.Disposed = 0;
        Assert.Equal("default: x", provider.GetRequiredService<IScoped>().Ask("x"));
        Assert.Equal(1, Tenant.Disposed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_scoped_guardrail_of_Autofac_comes_from_the_scope_if_InterceptServices_made_the_proxy_and_from_its_own_otherwise(bool isSelected)
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false);
        builder.RegisterType<Tenant>().InstancePerLifetimeScope();
        builder.RegisterType<ScopedGuardrail>().InstancePerLifetimeScope();
        var service = builder.RegisterType<Scoped>().As<IScoped>().InstancePerLifetimeScope();
        if (isSelected)
        {
            builder.InterceptServices(static type => type == typeof(IScoped));
        }
        else
        {
            service.EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        }

        using var container = builder.Build();
        using var scope = container.BeginLifetimeScope();
        scope.Resolve<Tenant>().Name = "one";

        Assert.Equal(isSelected ? "one: x" : "default: x", scope.Resolve<IScoped>().Ask("x"));
    }

    [Fact]
    public async Task A_scoped_guardrail_of_a_service_of_the_container_itself_comes_from_a_scope_of_its_own()
    {
        var services = new ServiceCollection();
        services.AddScoped<Tenant>().AddScoped<ScopedGuardrail>().AddTransient<IScoped, Scoped>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IScoped>();
        await using var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateScopes = true });

        Assert.Equal("default: x", provider.GetRequiredService<IScoped>().Ask("x"));
    }

    [Fact]
    public async Task A_guardrail_is_resolved_although_the_scope_of_its_service_has_ended()
    {
        var services = new ServiceCollection();
        services.AddScoped<Tenant>().AddScoped<ScopedGuardrail>().AddScoped<IScoped, Scoped>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IScoped>();
        await using var provider = services.BuildServiceProvider();
        IScoped service;
        await using (var scope = provider.CreateAsyncScope())
        {
            service = scope.ServiceProvider.GetRequiredService<IScoped>();
        }

        Assert.Equal("default: x", service.Ask("x"));
    }

    [Fact]
    public async Task A_guardrail_that_is_not_registered_is_created_once_with_services_of_the_container()
    {
        var services = new ServiceCollection();
        services.AddSingleton(new Tenant { Name = "root" }).AddTransient<IScoped, Scoped>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IScoped>();
        await using var provider = services.BuildServiceProvider();

        Assert.Equal("root: x", provider.GetRequiredService<IScoped>().Ask("x"));
        Assert.Equal("root: y", provider.GetRequiredService<IScoped>().Ask("y"));
    }

    [Fact]
    public async Task AddGuardrail_selects_methods_of_a_service_collection()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IEchoes, Echoes>();
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IEchoes>()
            .AddGuardrail<Blocking>(static method => method.Name == nameof(IEchoes.Value), static registration => registration.Order = 1);
        await using var provider = services.BuildServiceProvider();

        Assert.Throws<GuardrailBlockedException>(() => provider.GetRequiredService<IEchoes>().Value("x"));
        Assert.Equal("echo x", provider.GetRequiredService<IEchoes>().Untraced("x"));
    }

    [Fact]
    public void AddGuardrail_selects_methods_of_an_Autofac_container()
    {
        var builder = new ContainerBuilder();
        builder.RegisterType<Echoes>().As<IEchoes>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.AddGuardrail<Blocking>(static method => method.Name == nameof(IEchoes.Value));
        builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false);
        using var container = builder.Build();

        Assert.Throws<GuardrailBlockedException>(() => container.Resolve<IEchoes>().Value("x"));
        Assert.Equal("echo x", container.Resolve<IEchoes>().Untraced("x"));
    }

    [Fact]
    public void Guardrails_check_although_an_attribute_for_tracing_is_wrong()
    {
        using var services = new Trail(static options => options.Guardrails.Add(new Blocking(), static _ => true));

        Assert.Throws<GuardrailBlockedException>(() => services.Tracer.Intercept<IBroken>(new Broken()).Ask("x"));
        Assert.Throws<GuardrailBlockedException>(() => services.Tracer.Intercept<IBroken>(new Broken()).Get("x"));
    }

    [Fact]
    public async Task Guardrails_check_although_tracing_is_disabled_the_trace_is_not_sampled_or_the_method_is_not_traced()
    {
        foreach (var shape in Enum.GetValues<EchoShape>())
        {
            await using var disabled = new GuardedEchoes(new Blocking(), options: static options => options.Enabled = false);
            await Assert.ThrowsAsync<GuardrailBlockedException>(() => disabled.CallAsync(shape));
            Assert.Empty(disabled.Target.Questions);

            await using var unsampled = new GuardedEchoes(new Blocking(), options: static options => options.SamplingRate = 0);
            await Assert.ThrowsAsync<GuardrailBlockedException>(() => unsampled.CallAsync(shape));
            Assert.Empty(unsampled.Target.Questions);
            Assert.Empty(await unsampled.TracesAsync());
        }

        await using var echoes = new GuardedEchoes(new Blocking());
        Assert.Throws<GuardrailBlockedException>(() => echoes.Service.Untraced("x"));
        Assert.Empty(await echoes.TracesAsync());
    }

    [Fact]
    public async Task Guardrails_check_after_the_tracer_is_disposed_and_when_tracing_is_disabled_later()
    {
        var guardrail = new AllowingGuardrail();
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Guardrails.Add(guardrail, static _ => true);
        var tracer = new OpenlayerTracer(options);
        var service = tracer.Intercept<IEchoes>(new Echoes());

        service.Value("x");
        options.Enabled = false;
        service.Value("x");
        options.Enabled = true;
        await tracer.DisposeAsync();
        service.Value("x");

        Assert.Equal((3, 3), (guardrail.Inputs, guardrail.Outputs));
    }

    [Fact]
    public void A_service_that_has_the_interceptor_twice_is_checked_once()
    {
        var guardrail = new AllowingGuardrail();
        foreach (var isEnabled in new[] { true, false })
        {
            var builder = new ContainerBuilder();
            builder.RegisterOpenlayer(options =>
            {
                options.SendToOpenlayer = false;
                options.Enabled = isEnabled;
                options.Guardrails.Add(guardrail, static _ => true);
            });
            builder.RegisterType<Echoes>().As<IEchoes>().EnableInterfaceInterceptors()
                .InterceptedBy(typeof(OpenlayerInterceptor)).InterceptedBy(typeof(OpenlayerInterceptor));
            using var container = builder.Build();
            container.Resolve<IEchoes>().Value("x");
        }

        Assert.Equal(2, guardrail.Inputs);
    }

    [Fact]
    public async Task A_service_that_has_the_interceptor_twice_is_checked_once_although_a_check_completes_later()
    {
        var checks = 0;
        var guardrail = new InputOnlyGuardrail(
            _ =>
            {
                checks++;
                return GuardrailDecision.Allow();
            },
            isAsynchronous: true);
        await using var container = new TracedContainer(
            static builder => builder.RegisterType<Echoes>().As<IEchoes>().EnableInterfaceInterceptors()
                .InterceptedBy(typeof(OpenlayerInterceptor)).InterceptedBy(typeof(OpenlayerInterceptor)),
            options => options.Guardrails.Add(guardrail, static _ => true));

        await container.Resolve<IEchoes>().TaskOf("x");

        Assert.Equal(1, checks);
        Assert.Equal(["Input Only - Input"], (await container.TraceAsync()).Root.Steps.Select(static step => step.Name));
    }

    [Fact]
    public async Task What_a_check_calls_is_traced_below_it_and_not_guarded()
    {
        IEchoes? moderation = null;
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail
        {
            OnInput = _ =>
            {
                moderation!.Value("moderated");
                return GuardrailDecision.Allow();
            },
        });
        moderation = echoes.Tracer.Intercept<IEchoes>(new Echoes());

        echoes.Service.Value("x");

        var check = (await echoes.RootAsync()).Steps[0];
        var call = Assert.Single(check.Steps);
        Assert.Equal(("IEchoes.Value", "moderated", "echo moderated"), (call.Name, call.Inputs["question"], call.Output));
        Assert.Empty(call.Steps);
    }

    [Fact]
    public async Task A_target_does_not_run_under_the_step_of_a_check()
    {
        await using var echoes = new GuardedEchoes(new ScriptedGuardrail { IsAsynchronous = true }, new Echoes { IsSlow = true });
        var inner = echoes.Tracer.Intercept<INested>(new Nested());
        var outer = echoes.Tracer.Intercept<IOuter>(new Outer(inner));

        await outer.RunAsync();

        var root = await echoes.RootAsync();
        Assert.Equal(["PII Guard - Input", "INested.RunAsync"], root.Steps.Select(static step => step.Name));
        Assert.Equal(["PII Guard - Input"], root.Steps[1].Steps.Select(static step => step.Name));
    }

    [ProviderClient("Acme", (StepType)17)]
    public interface IBroken
    {
        [Trace(StepType = (StepType)17)]
        string Ask(string question);

        string Get(string question);
    }

    public sealed class Broken : IBroken
    {
        public string Ask(string question) => question;

        public string Get(string question) => question;
    }

    public interface INested
    {
        Task RunAsync();
    }

    public interface IOuter
    {
        Task RunAsync();
    }

    public sealed class Nested : INested
    {
        public Task RunAsync() => Task.CompletedTask;
    }

    public sealed class Outer(INested nested) : IOuter
    {
        public async Task RunAsync()
        {
            await Task.Yield();
            await nested.RunAsync();
        }
    }

    [Guardrail(typeof(OnClass))]
    [Guardrail(typeof(OnInterface))]
    public sealed class Marked : IMarked
    {
        public string Property => "property";

        public string Ask(string question) => "answer";

        [Guardrail(typeof(Early), Order = -1)]
        public string Other(string question) => "other";
    }

    public sealed class Wrong : IWrong
    {
        public string Lenient(string question) => question;

        public string Strict(string question) => question;

        public string Budget(string question) => question;

        public string Unregistered(string question) => question;
    }

    public sealed class Scoped : IScoped
    {
        public string Ask(string question) => question;
    }

    public sealed class Tenant : IDisposable
    {
        public static int Disposed { get; set; }

        public string Name { get; set; } = "default";

        public void Dispose() => Disposed++;
    }

    public sealed class ScopedGuardrail(Tenant tenant) : IGuardrail
    {
        public string Name => "Scoped";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) =>
            new(GuardrailDecision.Modify(input.With("question", $"{tenant.Name}: {input["question"]}")));
    }

    public sealed class Blocking : IGuardrail
    {
        public string Name => "Blocking";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) => new(GuardrailDecision.Block("no"));
    }

    public sealed class OnInterface : Tracked;

    public sealed class OnClass : Tracked;

    public sealed class OnMethod : Tracked;

    public sealed class Early : Tracked;

    public sealed class Registered : Tracked;

    /// <summary>A guardrail that notes that it checked.</summary>
    public abstract class Tracked : IGuardrail
    {
        public string Name => GetType().Name;

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken)
        {
            Trail.Add(Name);
            return new(GuardrailDecision.Allow());
        }
    }

    /// <summary>A tracer, and the guardrails that have checked on this thread.</summary>
    private sealed class Trail : IDisposable
    {
        [ThreadStatic]
        private static List<string>? _names;

        public Trail(Action<OpenlayerOptions>? configure = null)
        {
            var options = new OpenlayerOptions { SendToOpenlayer = false, LoggerFactory = Log };
            configure?.Invoke(options);
            Tracer = new OpenlayerTracer(options);
            _names = [];
        }

        public RecordedLog Log { get; } = new();

        public OpenlayerTracer Tracer { get; }

        public static void Add(string name) => (_names ??= []).Add(name);

        public static string[] Taken()
        {
            string[] taken = [.. _names ?? []];
            _names = [];
            return taken;
        }

        public void Dispose() => Tracer.Dispose();
    }
}
