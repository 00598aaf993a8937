using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of docs/guardrails.md, with what they do.</summary>
public sealed class GuardrailExamples
{
    public sealed class TicketGuardrail : IGuardrail
    {
        public string Name => "Ticket Guard";

        public GuardrailStreaming Streaming => GuardrailStreaming.Sentence;

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) =>
            new(input["question"] is string question && question.Contains("TICKET-", StringComparison.Ordinal)
                ? GuardrailDecision.Modify(input.With("question", question.Replace("TICKET-", "[ticket] ", StringComparison.Ordinal)), "ticket numbers")
                : GuardrailDecision.Allow());

        public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken) =>
            new(output.Value is string text && text.Contains("internal", StringComparison.Ordinal)
                ? GuardrailDecision.Block("internal text", GuardrailBlockStrategy.ReturnErrorMessage, "I cannot tell.")
                : GuardrailDecision.Allow());
    }

    public interface IHelpdesk
    {
        [Guardrail(typeof(TicketGuardrail), Required = true, TimeBudgetMilliseconds = 500)]
        Task<string> AnswerAsync(string question);
    }

    public sealed class Helpdesk : IHelpdesk
    {
        public Task<string> AnswerAsync(string question) => Task.FromResult($"You asked: {question}");
    }

    [Fact]
    public async Task A_guardrail_of_an_attribute_and_of_a_host_checks()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<IHelpdesk, Helpdesk>();
        builder.Services.AddOpenlayer()
            .Intercept<IHelpdesk>()
            .AddGuardrail<TicketGuardrail>(
                method => method.DeclaringType == typeof(IHelpdesk),
                guardrail => guardrail.Required = true);
        var traces = builder.Services.UseInMemoryOpenlayer();
        using var host = builder.Build();

        Assert.Equal("You asked: [ticket] 17", await host.Services.GetRequiredService<IHelpdesk>().AnswerAsync("TICKET-17"));
        Assert.Equal("I cannot tell.", await host.Services.GetRequiredService<IHelpdesk>().AnswerAsync("what is internal?"));
        await host.Services.GetRequiredService<OpenlayerTracer>().FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["Ticket Guard - Input", "Ticket Guard - Output"], traces.Traces[0].Root.Steps.Select(static step => step.Name));
    }

    [Fact]
    public async Task A_guardrail_of_Autofac_checks()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(static options => options.SendToOpenlayer = false);
        builder.RegisterType<Helpdesk>().As<IHelpdesk>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.AddGuardrail<TicketGuardrail>(method => method.Name.EndsWith("Async", StringComparison.Ordinal));
        using var container = builder.Build();

        Assert.Equal("You asked: [ticket] 17", await container.Resolve<IHelpdesk>().AnswerAsync("TICKET-17"));
    }

    [Fact]
    public async Task A_guardrail_without_a_container_checks()
    {
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Guardrails.Add(new TicketGuardrail(), method => method.DeclaringType == typeof(IHelpdesk)).TimeBudget = TimeSpan.FromSeconds(1);
        await using var tracer = new OpenlayerTracer(options);

        Assert.Equal("You asked: [ticket] 17", await tracer.Intercept<IHelpdesk>(new Helpdesk()).AnswerAsync("TICKET-17"));
    }
}
