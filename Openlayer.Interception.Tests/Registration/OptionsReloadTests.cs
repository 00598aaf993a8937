using Autofac.Extensions.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Registration;

/// <summary>Options that change with the configuration while the application runs.</summary>
public sealed class OptionsReloadTests : IAsyncDisposable
{
    private readonly RecordedLog _log = new();
    private readonly ServiceCollection _services = new();
    private readonly IConfigurationRoot _configuration;
    private readonly InMemoryTracePublisher _traces = new();
    private ServiceProvider? _provider;

    public OptionsReloadTests()
    {
        _configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Openlayer:Enabled", "true"), new("Openlayer:SendToOpenlayer", "false")]).Build();
        _services.AddSingleton<IConfiguration>(_configuration);
        _services.AddOpenlayer(options =>
        {
            options.LoggerFactory = _log;
            options.Publishers.Add(_traces);
        });
    }

    public async ValueTask DisposeAsync() => await (_provider?.DisposeAsync() ?? default);

    [Fact]
    public void Enabled_and_SamplingRate_count_for_the_next_trace()
    {
        var tracer = Create();
        using (var open = tracer.StartStep("open"))
        {
            Reload(("Enabled", "false"));
            Assert.Same(open.Step, tracer.CurrentStep);
        }

        Assert.False(IsTraced(tracer));
        Reload(("Enabled", "true"), ("SamplingRate", "0"));
        Assert.False(IsTraced(tracer));
        Reload(("SamplingRate", "1"));
        Assert.True(IsTraced(tracer));
        Assert.Empty(_log.Messages);
    }

    [Fact]
    public void All_other_options_are_read_once()
    {
        var tracer = Create();

        Reload(("MaxTries", "3"), ("KeepFailures", "true"), ("Enabled", "false"));

        Assert.Equal((6, false, false), (tracer.Steps.Settings.MaxTries, tracer.Steps.Settings.KeepFailures, tracer.Steps.Settings.Enabled));
    }

    [Theory]
    [InlineData("SamplingRate", "2", "OpenlayerOptions.SamplingRate must be from 0 to 1")]
    [InlineData("SamplingRate", "NaN", "OpenlayerOptions.SamplingRate must be from 0 to 1")]
    [InlineData("SamplingRate", "half", "could not be read")]
    [InlineData("Enabled", "maybe", "could not be read")]
    [InlineData("MaxTries", "0", "OpenlayerOptions.MaxTries")]
    [InlineData("Unknown", "1", "could not be read")]
    public void A_value_that_is_not_valid_is_logged_once_and_ignored(string option, string value, string logged)
    {
        var tracer = Create();

        Reload((option, value));
        Reload((option, value));

        Assert.Equal((true, 1), (tracer.Steps.Settings.Enabled, tracer.Steps.Settings.SamplingRate));
        var message = Assert.Single(_log.Messages);
        Assert.Contains("options in it are not valid", message, StringComparison.Ordinal);
        Assert.Contains(logged, message, StringComparison.Ordinal);
        Assert.DoesNotContain("maybe", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reload_after_one_that_was_not_valid_counts()
    {
        var tracer = Create();

        Reload(("SamplingRate", "2"), ("Enabled", "false"));
        Reload(("SamplingRate", "0.5"));

        Assert.Equal((false, 0.5), (tracer.Steps.Settings.Enabled, tracer.Steps.Settings.SamplingRate));
    }

    [Fact]
    public void Code_keeps_its_precedence()
    {
        _services.Configure<OpenlayerOptions>(static options => options.SamplingRate = 0);
        var tracer = Create();

        Reload(("SamplingRate", "1"));

        Assert.Equal(0, tracer.Steps.Settings.SamplingRate);
    }

    [Fact]
    public void What_code_changes_later_stays_until_the_configuration_changes_it()
    {
        var tracer = Create();
        var options = _provider!.GetRequiredService<OpenlayerOptions>();
        options.Enabled = false;

        Reload(("MaxTries", "3"));
        Assert.False(tracer.Steps.Settings.Enabled);
        Reload(("Enabled", "false"));
        Reload(("Enabled", "true"));
        Assert.True(tracer.Steps.Settings.Enabled);
    }

    [Fact]
    public void A_section_that_the_application_binds_itself_counts_too()
    {
        var own = new ConfigurationBuilder().AddInMemoryCollection([new("Tracing:Enabled", "true")]).Build();
        _services.AddSingleton<IOptionsChangeTokenSource<OpenlayerOptions>>(new ConfigurationChangeTokenSource<OpenlayerOptions>(own.GetSection("Tracing")));
        _services.Configure<OpenlayerOptions>(options => own.GetSection("Tracing").Bind(options));
        var tracer = Create();

        own["Tracing:Enabled"] = "false";
        own.Reload();

        Assert.False(tracer.Steps.Settings.Enabled);
    }

    [Fact]
    public async Task A_configuration_that_outlives_the_container_does_not_keep_it_or_fail()
    {
        var tracer = Create();
        await _provider!.DisposeAsync();

        Reload(("Enabled", "false"));

        Assert.True(tracer.Steps.Settings.Enabled);
        Assert.Empty(_log.Messages);
    }

    [Fact]
    public async Task A_reload_reaches_an_Autofac_container()
    {
        var factory = new AutofacServiceProviderFactory();
        var builder = factory.CreateBuilder(_services);
        builder.RegisterOpenlayer(static options => options.MaxTries = 2);
        var provider = factory.CreateServiceProvider(builder);
        await using var disposal = ((IAsyncDisposable)provider).ConfigureAwait(false);
        var tracer = provider.GetRequiredService<OpenlayerTracer>();

        Reload(("Enabled", "false"));

        Assert.False(tracer.Steps.Settings.Enabled);
        Assert.Empty(_log.Messages);
    }

    private static bool IsTraced(OpenlayerTracer tracer)
    {
        using var scope = tracer.StartStep("step");
        return tracer.CurrentStep is not null;
    }

    private OpenlayerTracer Create()
    {
        _provider = _services.BuildServiceProvider();
        return _provider.GetRequiredService<OpenlayerTracer>();
    }

    private void Reload(params (string Option, string? Value)[] values)
    {
        foreach (var (option, value) in values)
        {
            _configuration[$"Openlayer:{option}"] = value;
        }

        _configuration.Reload();
    }
}
