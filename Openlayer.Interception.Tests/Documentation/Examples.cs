using System.Runtime.CompilerServices;
using System.Text.Json;
using Autofac;
using Autofac.Extras.DynamicProxy;
using Microsoft.Extensions.Time.Testing;
using Openlayer.Interception.ModelClients;

// The examples are written as in an application, where no test's token is at hand.
#pragma warning disable xUnit1051

namespace Openlayer.Interception.Tests.Documentation;

/// <summary>The examples of README.md and docs, with what they do. <see cref="DocumentationTests"/> looks them up here.</summary>
public sealed class Examples
{
    public interface IAnswerService
    {
        IAsyncEnumerable<string> AnswerAsync(string question, CancellationToken cancellationToken = default);
    }

    public sealed class AnswerService(IPassages knowledge, OpenlayerTracer tracer) : IAnswerService
    {
        public async IAsyncEnumerable<string> AnswerAsync(
            string question,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            yield return "Two ";
            yield return "words";
            await knowledge.FindAsync(question);
            Note("request-1");
        }

        private void Note(string requestId)
        {
            if (tracer.CurrentStep is { } step)
            {
                step.Metadata["cache"] = "miss";
            }

            if (tracer.CurrentTrace is { } trace)
            {
                trace.InferenceId = requestId;
                trace.Metadata["tenant"] = "acme";
            }
        }
    }

    [Trace(StepType = StepType.Retriever)]
    public interface IPassages
    {
        Task<IReadOnlyList<string>> FindAsync(string question);
    }

    public sealed class Passages : IPassages
    {
        public Task<IReadOnlyList<string>> FindAsync(string question) => Task.FromResult<IReadOnlyList<string>>([question]);
    }

    public interface IAccounts
    {
        [Trace(Name = "Look up account", StepType = StepType.Tool)]
        Task<Account> FindAsync(string number, [NoCapture] string pin);

        [NoTrace]
        bool IsOpen(string number);

        [return: NoCapture]
        string Statement(string number);
    }

    public sealed record Account(string Holder, [property: NoCapture] string Iban, [property: Promote("risk")] double Risk);

    public sealed class Accounts : IAccounts
    {
        public Task<Account> FindAsync(string number, string pin) => Task.FromResult(new Account("Ada", "GB33BUKB20201555555555", 0.25));

        public bool IsOpen(string number) => true;

        public string Statement(string number) => "a long story";
    }

    public interface IWriter
    {
        Task<string> WriteAsync([RagQuestion] string question, [RagContext] IReadOnlyList<string> passages, [Promote("language")] string language);
    }

    public sealed class Writer : IWriter
    {
        public Task<string> WriteAsync(string question, IReadOnlyList<string> passages, string language) => Task.FromResult("an answer");
    }

    [ProviderClient("Acme")]
    public interface IAcmeGateway
    {
        Task<AcmeReply> CompleteAsync(AcmeRequest request, CancellationToken cancellationToken = default);
    }

    public sealed record AcmeRequest(string Model, IReadOnlyList<AcmeMessage> Messages, double? Temperature = null);

    public sealed record AcmeMessage(string Role, string Content);

    public sealed record AcmeReply(string Content, AcmeUsage Usage);

    public sealed record AcmeUsage(int PromptTokens, int CompletionTokens);

    public sealed class AcmeGateway : IAcmeGateway
    {
        public Task<AcmeReply> CompleteAsync(AcmeRequest request, CancellationToken cancellationToken) =>
            Task.FromResult(new AcmeReply("Hello.", new AcmeUsage(3, 2)));
    }

    public interface ILegacyGateway
    {
        Task<LegacyReply> AskAsync(LegacyAsk ask);
    }

    public sealed record LegacyAsk(string Text, string Engine);

    public sealed record LegacyReply(LegacyAnswer Reply);

    public sealed record LegacyAnswer(string Said, LegacyCost Cost);

    public sealed record LegacyCost(int In, int Out);

    public sealed class LegacyGateway : ILegacyGateway
    {
        public Task<LegacyReply> AskAsync(LegacyAsk ask) => Task.FromResult(new LegacyReply(new LegacyAnswer("Hello.", new LegacyCost(3, 2))));
    }

    public sealed class SlowTraces(TextWriter log) : ITracePublisher
    {
        public async ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
        {
            foreach (var trace in traces.Where(trace => trace.Root.Latency > TimeSpan.FromSeconds(10)))
            {
                await log.WriteLineAsync($"{trace.InferenceId} took {trace.Root.Latency}");
            }
        }
    }

    [Fact]
    public void One_more_line_on_a_registration_traces_the_service()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer();
        builder.RegisterType<AnswerService>().As<IAnswerService>()
            .EnableInterfaceInterceptors()
            .InterceptedBy(typeof(OpenlayerInterceptor));

        using var container = builder.Build();

        Assert.True(container.IsRegistered<IAnswerService>());
        Assert.True(container.IsRegistered<OpenlayerTracer>());
    }

    [Fact]
    public async Task A_stream_that_is_left_early_is_sent_all_the_same()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();
        var answers = container.Resolve<IAnswerService>();

        await foreach (var piece in answers.AnswerAsync("Who leaves early?"))
        {
            Console.Write(piece);
            break; // The trace is sent all the same: its output is the first piece, streamEnded is "left early".
        }

        var root = await SingleRootAsync(container, published);
        Assert.Equal("Two ", root.Output);
        Assert.Equal("left early", root.Metadata["streamEnded"]);
    }

    [Fact]
    public async Task A_step_by_hand_is_published_with_what_was_put_into_it()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();
        var tracer = container.Resolve<OpenlayerTracer>();
        var text = "one two";

        using (var scope = tracer.StartStep("parse", StepType.Tool))
        {
            scope.Step.Inputs["length"] = text.Length;
            scope.Step.Output = text.Split(' ');
        }

        var root = await SingleRootAsync(container, published);
        Assert.Equal("parse", root.Name);
        Assert.Equal(7, root.Inputs["length"]);
        Assert.Equal("""["one","two"]""", ((JsonElement)root.Output!).GetRawText());
    }

    [Fact]
    public async Task A_step_by_hand_is_published_with_what_was_put_into_it_with_its_exception()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();
        var tracer = container.Resolve<OpenlayerTracer>();
        var text = "one two";

        var words = tracer.RunStep("parse", step =>
        {
            step.Inputs["length"] = text.Length;
            return text.Split(' ');
        });

        Assert.Equal(2, words.Length);
        var root = await SingleRootAsync(container, published);
        Assert.Equal("parse", root.Name);
        Assert.Equal(7, root.Inputs["length"]);
        Assert.Equal("""["one","two"]""", ((JsonElement)root.Output!).GetRawText());
    }

    [Fact]
    public async Task What_a_service_adds_is_in_its_step_and_trace_and_what_it_calls_between_items_nests()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();

        Assert.Equal(["Two ", "words"], await container.Resolve<IAnswerService>().AnswerAsync("Who?").ToArrayAsync());

        var root = await SingleRootAsync(container, published);
        var trace = published.Traces.Single();
        Assert.Equal("Two words", root.Output);
        Assert.Equal("miss", root.Metadata["cache"]);
        Assert.Equal("request-1", trace.InferenceId);
        Assert.Equal("acme", trace.Metadata["tenant"]);
        Assert.Equal("IPassages.FindAsync", Assert.IsType<RetrieverStep>(Assert.Single(root.Steps)).Name);
    }

    [Fact]
    public async Task Traces_belong_to_the_user_and_session_they_are_opened_in()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();
        var tracer = container.Resolve<OpenlayerTracer>();
        var writer = container.Resolve<IWriter>();
        string[] passages = ["a passage"];

        using (tracer.BeginSession(userId: "ada", sessionId: "conversation-7"))
        {
            await writer.WriteAsync("Who leaves early?", passages, "en");
        }

        await SingleRootAsync(container, published);
        var trace = published.Traces.Single();
        Assert.Equal(("ada", "conversation-7"), (trace.UserId, trace.SessionId));
        Assert.Equal("en", trace.Metadata["language"]);
    }

    [Fact]
    public async Task Attributes_name_type_redact_promote_and_leave_out()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();
        var accounts = container.Resolve<IAccounts>();

        Assert.True(accounts.IsOpen("7"));
        Assert.Equal("GB33BUKB20201555555555", (await accounts.FindAsync("7", "1234")).Iban);

        var root = Assert.IsType<ToolStep>(await SingleRootAsync(container, published));
        Assert.Equal("Look up account", root.Name);
        Assert.Equal("[redacted]", root.Inputs["pin"]);
        Assert.Equal("[redacted]", ((JsonElement)root.Output!).GetProperty("Iban").GetString());
        Assert.Equal(0.25, published.Traces.Single().Metadata["risk"]);
    }

    [Fact]
    public async Task A_result_that_is_not_to_be_captured_is_redacted()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();

        Assert.Equal("a long story", container.Resolve<IAccounts>().Statement("7"));

        Assert.Equal("[redacted]", (await SingleRootAsync(container, published)).Output);
    }

    [Fact]
    public async Task A_client_of_ones_own_is_a_model_client()
    {
        var builder = Services();
        var published = Publish(builder);
        await using var container = builder.Build();

        await container.Resolve<IAcmeGateway>().CompleteAsync(new AcmeRequest("acme-1", [new AcmeMessage("user", "Hi.")]));

        var step = Assert.IsType<ChatCompletionStep>(await SingleRootAsync(container, published));
        Assert.Equal("Acme", step.Provider);
        Assert.Equal("acme-1", step.Model);
        Assert.Equal((3, 2), (step.PromptTokens, step.CompletionTokens));
    }

    [Fact]
    public void Texts_are_redacted_by_patterns_and_by_a_function()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.Capture.RedactedPatterns.Add(@"EMP-\d{6}");
            options.Capture.Redact = (name, path, text) => name == "iban" ? text[..4] + "..." : text;
        });
        using var container = builder.Build();

        Assert.Equal([@"EMP-\d{6}"], container.Resolve<OpenlayerOptions>().Capture.RedactedPatterns);
    }

    [Fact]
    public void Options_are_set_where_openlayer_is_registered()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.Capture.Outputs = false;
            options.Capture.MaxItems = 100;
            options.Capture.MaxStringLength = 10_000;
            options.Capture.RedactedNames.Add("iban");
        });
        using var container = builder.Build();

        Assert.Equal(100, container.Resolve<OpenlayerOptions>().Capture.MaxItems);
    }

    [Fact]
    public async Task Delivery_is_set_up_and_the_buffer_replayed()
    {
        var folder = Directory.CreateTempSubdirectory("openlayer-").FullName;
        var factory = new ClientFactory();
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.OfflineBuffer.Enabled = true;
            options.OnFlushFailure = failure => Console.Error.WriteLine($"{failure.Row.GetProperty("inferenceId")}: {failure.Exception.Message}");
            options.CreateHttpClient = () => factory.CreateClient("openlayer");
        });
        await using var container = builder.Build();
        container.Resolve<OpenlayerOptions>().OfflineBuffer.Path = Path.Combine(folder, "buffer");
        var tracer = container.Resolve<OpenlayerTracer>();

        var replay = await tracer.Buffer.ReplayAsync(onSent: row => Console.WriteLine(row.GetProperty("inferenceId")));
        Console.WriteLine($"{replay.Sent} sent, {replay.Kept} of {(await tracer.Buffer.GetStatusAsync()).Path} kept.");

        Assert.Equal(new BufferReplay(0, 0, 0, 0), replay);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Options_can_use_services_of_the_container()
    {
        var builder = new ContainerBuilder();
        builder.RegisterInstance<IHttpClientFactory>(new ClientFactory());
        builder.RegisterOpenlayer((context, options) =>
        {
            var factory = context.Resolve<IHttpClientFactory>();
            options.CreateHttpClient = () => factory.CreateClient("openlayer");
        });
        await using var container = builder.Build();

        Assert.NotNull(container.Resolve<OpenlayerOptions>().CreateHttpClient);
    }

    [Fact]
    public async Task A_service_is_traced_without_a_container()
    {
        var published = new InMemoryTracePublisher();
        var options = new OpenlayerOptions { SendToOpenlayer = false };
        options.Publishers.Add(published);

        await using var tracer = new OpenlayerTracer(options);
        var greeter = tracer.Intercept<IGreeter>(new Greeter(tracer));

        Assert.Equal("Hello, Ada", greeter.Greet("Ada"));
        await tracer.FlushAsync();
        Assert.Equal("IGreeter.Greet", published.Traces.Single().Root.Name);
    }

    public interface IGreeter
    {
        string Greet(string name);
    }

    public sealed class Greeter(OpenlayerTracer tracer) : IGreeter
    {
        public string Greet(string name)
        {
            tracer.CurrentStep!.Metadata["language"] = "English";
            return $"Hello, {name}";
        }
    }

    private sealed class ClientFactory : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new() { BaseAddress = new Uri($"http://{name}.invalid") };
    }

    [Fact]
    public void Tracing_can_be_sampled_and_switched_off()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.SamplingRate = 0.1;
            options.Enabled = false;
        });
        using var container = builder.Build();

        Assert.False(container.Resolve<OpenlayerOptions>().Enabled);
    }

    [Fact]
    public void Traces_are_printed_to_the_console()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options => options.Publishers.Add(new ConsoleTracePublisher()));
        using var container = builder.Build();

        Assert.IsType<ConsoleTracePublisher>(container.Resolve<OpenlayerOptions>().Publishers.Single());
    }

    [Fact]
    public void Publishers_are_added_to_the_options()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options =>
        {
            options.Publishers.Add(new ConsoleTracePublisher());
            options.Publishers.Add(new HtmlTracePublisher("traces.html"));
            options.Publishers.Add(new JsonLinesTracePublisher("traces.jsonl"));
        });
        using var container = builder.Build();

        Assert.Equal(3, container.Resolve<OpenlayerOptions>().Publishers.Count);
    }

    [Fact]
    public async Task A_client_that_is_named_is_read_where_the_application_says()
    {
        var builder = new ContainerBuilder();
        builder.RegisterOpenlayer(options => options.ProviderClients.Add<ILegacyGateway>("Legacy", methods => methods
            .ChatCompletion(nameof(ILegacyGateway.AskAsync), call =>
            {
                call.Prompt = "ask.Text";
                call.Model = "ask.Engine";
                call.Content = "Reply.Said";
                call.Usage = "Reply.Cost";
                call.PromptTokens = "In";
                call.CompletionTokens = "Out";
            })));
        builder.RegisterType<LegacyGateway>().As<ILegacyGateway>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        await using var container = builder.Build();
        var published = new InMemoryTracePublisher();
        container.Resolve<OpenlayerOptions>().Publishers.Add(published);

        await container.Resolve<ILegacyGateway>().AskAsync(new LegacyAsk("Hi.", "small"));

        var step = Assert.IsType<ChatCompletionStep>(await SingleRootAsync(container, published));
        Assert.Equal(("Legacy Chat Completion", "small", "Hello."), (step.Name, step.Model, step.Output));
        Assert.Equal((3, 2, 5), (step.PromptTokens, step.CompletionTokens, step.Tokens));
    }

    [Fact]
    public async Task A_publisher_of_ones_own_gets_the_traces()
    {
        var builder = Services();
        var log = new StringWriter();
        var clock = new FakeTimeProvider();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.TimeProvider = clock;
            options.Publishers.Add(new SlowTraces(log));
        });
        await using var container = builder.Build();
        var tracer = container.Resolve<OpenlayerTracer>();

        using (tracer.StartStep("slow"))
        {
            clock.Advance(TimeSpan.FromSeconds(11));
        }

        await tracer.FlushAsync();
        Assert.EndsWith("took 00:00:11", log.ToString().Trim(), StringComparison.Ordinal);
    }

    private static ContainerBuilder Services()
    {
        var builder = new ContainerBuilder();
        builder.RegisterType<AnswerService>().As<IAnswerService>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Passages>().As<IPassages>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Accounts>().As<IAccounts>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<Writer>().As<IWriter>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        builder.RegisterType<AcmeGateway>().As<IAcmeGateway>()
            .EnableInterfaceInterceptors().InterceptedBy(typeof(OpenlayerInterceptor));
        return builder;
    }

    private static InMemoryTracePublisher Publish(ContainerBuilder builder)
    {
        var published = new InMemoryTracePublisher();
        builder.RegisterOpenlayer(options =>
        {
            options.SendToOpenlayer = false;
            options.Publishers.Add(published);
        });
        return published;
    }

    private static async Task<Step> SingleRootAsync(IContainer container, InMemoryTracePublisher published)
    {
        await container.Resolve<OpenlayerTracer>().FlushAsync();
        var root = published.Traces.Single().Root;
        return root;
    }
}
