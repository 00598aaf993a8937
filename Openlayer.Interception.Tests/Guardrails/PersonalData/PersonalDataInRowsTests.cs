using System.Text;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Tests.Publishing;

namespace Openlayer.Interception.Tests.Guardrails.PersonalData;

/// <summary>Calls through a guarded service: what the target and the caller get, and what the row has.</summary>
public sealed class PersonalDataInRowsTests
{
    private const string Mail = "anna@example.org";
    private const string Phone = "+1 415 555 0100";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public interface IDesk
    {
        [Guardrail(typeof(PersonalDataGuardrail))]
        string Answer(string question);

        [Guardrail(typeof(PersonalDataGuardrail))]
        IAsyncEnumerable<string> StreamAsync(string question);
    }

    [Fact]
    public async Task An_address_reaches_neither_the_target_nor_the_row()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var desk = new Desk();
        await using var app = new TracedApplication(server: server, register: Register(desk));

        var answer = app.Resolve<IDesk>().Answer($"I am {Mail}");

        Assert.Equal("I am [EMAIL-REDACTED]", desk.Asked);
        Assert.Equal("Call [PHONE-REDACTED], I am [EMAIL-REDACTED]", answer);
        var row = await RowAsync(app, server);
        Assert.DoesNotContain(Mail, row, StringComparison.Ordinal);
        Assert.DoesNotContain(Phone, row, StringComparison.Ordinal);
        Assert.DoesNotContain("415 555", row, StringComparison.Ordinal);
        Assert.DoesNotContain("555 0100", row, StringComparison.Ordinal);
        Assert.DoesNotContain("4155550100", row, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"Redacted PII entities: EMAIL_ADDRESS\"", row, StringComparison.Ordinal);
        Assert.Contains("\"detectedEntities\":[\"EMAIL_ADDRESS\"]", row, StringComparison.Ordinal);
        Assert.Contains("\"confidenceThreshold\":0.7", row, StringComparison.Ordinal);
        Assert.Contains("\"guardrail_modified\":true", row, StringComparison.Ordinal);
        Assert.Contains("\"input_pii_guardrail\":", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_address_is_neither_in_the_row_nor_in_the_exception()
    {
        await using var server = await OpenlayerServer.StartAsync();
        var desk = new Desk();
        var options = new PersonalDataOptions { Email = PersonalDataAction.Block };
        await using var app = new TracedApplication(server: server, register: builder =>
        {
            builder.RegisterInstance(options);
            Register(desk)(builder);
        });

        var exception = Assert.Throws<GuardrailBlockedException>(() => app.Resolve<IDesk>().Answer($"I am {Mail}"));

        Assert.Null(desk.Asked);
        Assert.DoesNotContain(Mail, exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Mail, await RowAsync(app, server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_the_pieces_of_a_stream_is_redacted_before_the_consumer_gets_it()
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(server: server, register: Register(new Desk()));
        var text = new StringBuilder();

        await foreach (var piece in app.Resolve<IDesk>().StreamAsync("who?"))
        {
            text.Append(piece);
        }

        Assert.Equal("Ask [EMAIL-REDACTED] first. Or call [PHONE-REDACTED]! Bye", text.ToString());
        Assert.DoesNotContain(Mail, await RowAsync(app, server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_container_creates_the_guardrail_with_the_registered_options_if_there_are_any(bool hasOptions)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IDesk>(new Desk());
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IDesk>();
        if (hasOptions)
        {
            services.AddSingleton(new PersonalDataOptions { Phone = PersonalDataAction.Allow });
        }

        using var provider = services.BuildServiceProvider();

        Assert.Equal(hasOptions ? $"Call {Phone}, [EMAIL-REDACTED]" : "Call [PHONE-REDACTED], [EMAIL-REDACTED]", provider.GetRequiredService<IDesk>().Answer(Mail));
    }

    [Fact]
    public void A_guardrail_is_added_to_a_container_by_one_line()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IPlainDesk>(new PlainDesk());
        services.AddOpenlayer(static options => options.SendToOpenlayer = false).Intercept<IPlainDesk>()
            .AddGuardrail<PersonalDataGuardrail>(static method => method.DeclaringType == typeof(IPlainDesk));
        using var provider = services.BuildServiceProvider();

        Assert.Equal("[EMAIL-REDACTED]", provider.GetRequiredService<IPlainDesk>().Answer(Mail));
    }

    private static Action<ContainerBuilder> Register(Desk desk) => builder =>
        builder.RegisterInstance<IDesk>(desk).EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));

    private static async Task<string> RowAsync(TracedApplication app, OpenlayerServer server)
    {
        await app.Tracer.FlushAsync(Cancellation);
        return Encoding.UTF8.GetString((await server.NextAsync()).Body);
    }

    public interface IPlainDesk
    {
        string Answer(string question);
    }

    public sealed class PlainDesk : IPlainDesk
    {
        public string Answer(string question) => question;
    }

    public sealed class Desk : IDesk
    {
        public string? Asked { get; private set; }

        public string Answer(string question)
        {
            Asked = question;
            return $"Call {Phone}, {question}";
        }

        public async IAsyncEnumerable<string> StreamAsync(string question)
        {
            foreach (var piece in new[] { "Ask an", "na@exam", "ple.org fir", "st. Or call +1 415 5", "55 0100! By", "e" })
            {
                await Task.Yield();
                yield return piece;
            }
        }
    }
}
