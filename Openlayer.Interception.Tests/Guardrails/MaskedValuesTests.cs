using System.Text;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.AI;
using Openlayer.Interception.Tests.Publishing;
using Openlayer.Interception.Tests.Servers;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>What a guardrail masks or blocks is nowhere in the row: not in inputs, columns, checks, outputs or raw outputs.</summary>
public sealed class MaskedValuesTests
{
    private const string Secret = "Ottokar-4711";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public interface IDesk
    {
        [Guardrail(typeof(MaskingGuardrail))]
        Answer Ask([Promote("asked"), RagQuestion] string question, [RagContext] string[] context, Customer customer);

        [Guardrail(typeof(BlockingInput))]
        Answer Refuse([Promote("asked"), RagQuestion] string question, [RagContext] string[] context, Customer customer);

        [Guardrail(typeof(BlockingOutput))]
        [return: Promote("answer")]
        Dictionary<string, string> Answer(string question);

        [Guardrail(typeof(BlockingOutput))]
        IAsyncEnumerable<string> StreamAsync(string question);

        [Guardrail(typeof(FailingRequired), Required = true)]
        Task<string> FailAsync(string question);
    }

    [Fact]
    public async Task Masked_arguments_are_nowhere_in_the_row()
    {
        var row = await RowAsync(static desk => desk.Ask(Secret, [Secret], new Customer(Secret)));

        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.Contains("\"asked\":\"[masked]\"", row, StringComparison.Ordinal);
        Assert.Contains("\"_question\":\"[masked]\"", row, StringComparison.Ordinal);
        Assert.Contains("\"context\":[\"[masked]\"]", row, StringComparison.Ordinal);
        Assert.Contains("\"guardrail_modified\":true", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocked_arguments_are_nowhere_in_the_row()
    {
        var row = await RowAsync(static desk => Assert.Throws<GuardrailBlockedException>(() => desk.Refuse(Secret, [Secret], new Customer(Secret))));

        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.Contains("\"asked\":\"[blocked]\"", row, StringComparison.Ordinal);
        Assert.Contains("\"guardrail_blocked\":true", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_result_is_nowhere_in_the_row()
    {
        var row = await RowAsync(static desk => Assert.Throws<GuardrailBlockedException>(() => desk.Answer("x")));

        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.DoesNotContain("\"answer\"", row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_stream_is_nowhere_in_the_row()
    {
        var row = await RowAsync(static async desk => await Assert.ThrowsAsync<GuardrailBlockedException>(async () =>
        {
            await foreach (var _ in desk.StreamAsync("x"))
            {
            }
        }));

        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_message_of_a_required_guardrail_that_failed_is_nowhere_in_the_row()
    {
        var row = await RowAsync(static desk => Assert.ThrowsAsync<GuardrailBlockedException>(() => desk.FailAsync(Secret)));

        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.Contains("\"error_type\":\"FormatException\"", row, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task The_prompt_and_the_answer_of_a_guarded_model_client_are_nowhere_in_the_row(bool isInput, bool isStreamed)
    {
        await using var model = await OpenAIServer.StartAsync();
        model.AnswerText(isInput ? "fine" : $"It is {Secret}");
        await using var server = await OpenlayerServer.StartAsync();
        var guardrail = new ScriptedGuardrail
        {
            IsAsynchronous = true,
            OnInput = input => isInput ? GuardrailDecision.Modify(input.With("messages", new[] { new ChatMessage(ChatRole.User, "[masked]") })) : GuardrailDecision.Allow(),
            OnOutput = output => isInput ? GuardrailDecision.Allow() : GuardrailDecision.Block("no"),
        };
        await using var app = new TracedApplication(options => options.Guardrails.Add(guardrail, static method => method.DeclaringType == typeof(IChatClient)), server);
        var bare = new OpenAI.Chat.ChatClient("gpt-4o-mini", new System.ClientModel.ApiKeyCredential("key"), new() { Endpoint = model.Endpoint }).AsIChatClient();
        var client = app.Tracer.Intercept(bare);

        var call = AskAsync();
        if (isInput)
        {
            Assert.Equal("fine", await call);
        }
        else
        {
            await Assert.ThrowsAsync<GuardrailBlockedException>(() => call);
        }

        await app.Tracer.FlushAsync(Cancellation);
        var row = Encoding.UTF8.GetString((await server.NextAsync()).Body);
        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"chat_completion\"", row, StringComparison.Ordinal);
        Assert.Contains(isInput ? "\"prompt\":[{\"role\":\"user\",\"content\":\"[masked]\"}]" : "\"guardrail_blocked\":true", row, StringComparison.Ordinal);

        async Task<string> AskAsync()
        {
            if (!isStreamed)
            {
                return (await client.GetResponseAsync(isInput ? Secret : "who?", cancellationToken: Cancellation)).Text;
            }

            var text = "";
            await foreach (var update in client.GetStreamingResponseAsync(isInput ? Secret : "who?", cancellationToken: Cancellation))
            {
                text += update.Text;
            }

            return text;
        }
    }

    [Fact]
    public async Task A_blocked_prompt_is_not_sent_and_nowhere_in_the_row()
    {
        await using var model = await OpenAIServer.StartAsync();
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            static options => options.Guardrails.Add(new ScriptedGuardrail { OnInput = static _ => GuardrailDecision.Block("no") }, static _ => true), server);
        var bare = new OpenAI.Chat.ChatClient("gpt-4o-mini", new System.ClientModel.ApiKeyCredential("key"), new() { Endpoint = model.Endpoint }).AsIChatClient();

        await Assert.ThrowsAsync<GuardrailBlockedException>(() => app.Tracer.Intercept(bare).GetResponseAsync(Secret, cancellationToken: Cancellation));

        await app.Tracer.FlushAsync(Cancellation);
        var row = Encoding.UTF8.GetString((await server.NextAsync()).Body);
        Assert.DoesNotContain(Secret, row, StringComparison.Ordinal);
        Assert.Contains("\"guardrail_blocked\":true", row, StringComparison.Ordinal);
        Assert.Equal(0, model.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_below_does_not_fill_what_was_blocked_or_masked_into_the_guarded_layer(bool isBlocked)
    {
        // The guardrail cannot be resolved, so that it has no step and the layers look like one request.
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        var published = new InMemoryTracePublisher();
        options.Publishers.Add(published);
        await using var tracer = new OpenlayerTracer(options);
        using (var layer = tracer.StartStep<ChatCompletionStep>("layer"))
        {
            layer.Step.ClientCall = "IChatClient.GetResponseAsync";
            layer.Step.IsInputGuarded = true;
            layer.Step.IsOutputGuarded = true;
            layer.Step.Output = isBlocked ? null : "[masked]";
            layer.Step.Trace.HasModelLayers = true;
            using var request = tracer.StartStep<ChatCompletionStep>("request");
            request.Step.ClientCall = "ChatClient.CompleteChatAsync";
            request.Step.Inputs["prompt"] = Secret;
            request.Step.Output = Secret;
            request.Step.RawOutput = Secret;
            request.Step.ModelParameters = new Dictionary<string, object?> { ["user"] = Secret };
        }

        await tracer.FlushAsync(Cancellation);
        var root = Assert.IsType<ChatCompletionStep>(Assert.Single(published.Traces).Root);
        Assert.Empty(root.Steps);
        Assert.Empty(root.Inputs);
        Assert.Equal((isBlocked ? null : "[masked]", (object?)null), (root.Output, root.RawOutput));
        Assert.True(root.ModelParameters is null or { Count: 0 });
    }

    private static Task<string> RowAsync(Action<IDesk> call) => RowAsync(desk =>
    {
        call(desk);
        return Task.CompletedTask;
    });

    private static async Task<string> RowAsync(Func<IDesk, Task> call)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(
            server: server,
            register: static builder => builder.RegisterType<Desk>().As<IDesk>().EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor)));
        await call(app.Resolve<IDesk>());
        await app.Tracer.FlushAsync(Cancellation);
        return Encoding.UTF8.GetString((await server.NextAsync()).Body);
    }

    public sealed record Customer(string Name);

    public sealed record Answer([property: Promote("answered")] string Text);

    public sealed class Desk : IDesk
    {
        public Answer Ask(string question, string[] context, Customer customer) => new($"{question} {context[0]} {customer.Name}");

        public Answer Refuse(string question, string[] context, Customer customer) => new(question);

        public Dictionary<string, string> Answer(string question) => new() { ["answer"] = Secret };

        public async IAsyncEnumerable<string> StreamAsync(string question)
        {
            yield return "It is ";
            await Task.Yield();
            yield return Secret;
        }

        public async Task<string> FailAsync(string question)
        {
            await Task.Yield();
            return question;
        }
    }

    public sealed class MaskingGuardrail : IGuardrail
    {
        public string Name => "Masking";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) => new(GuardrailDecision.Modify(
            input.With("question", "[masked]").With("context", new[] { "[masked]" }).With("customer", new Customer("[masked]"))));
    }

    public sealed class BlockingInput : IGuardrail
    {
        public string Name => "Blocking";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) => new(GuardrailDecision.Block("no"));
    }

    public sealed class BlockingOutput : IGuardrail
    {
        public string Name => "Blocking";

        public ValueTask<GuardrailDecision> CheckOutputAsync(GuardrailOutput output, CancellationToken cancellationToken) => new(GuardrailDecision.Block("no"));
    }

    public sealed class FailingRequired : IGuardrail
    {
        public string Name => "Failing";

        public ValueTask<GuardrailDecision> CheckInputAsync(GuardrailInput input, CancellationToken cancellationToken) =>
            throw new FormatException($"cannot read {input["question"]}");
    }
}
