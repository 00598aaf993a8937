using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using Microsoft.SemanticKernel.Connectors.OpenAI;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The functions that Semantic Kernel offers a model are tools of its step, if they can be read without running the application's code.</summary>
public sealed class SemanticKernelToolTests : IAsyncLifetime
{
    private static readonly string LookUp = Tool("look_up");

    private static readonly string Warn = Tool("warn");

    private static readonly Dictionary<string, (Func<Kernel, PromptExecutionSettings?> Settings, string[] Tools)> Offers = new()
    {
        ["none"] = (static _ => null, []),
        ["other settings"] = (static _ => new OpenAIPromptExecutionSettings(), []),
        ["Auto"] = (static _ => Choice(FunctionChoiceBehavior.Auto()), [LookUp, Warn]),
        ["Required"] = (static _ => Choice(FunctionChoiceBehavior.Required(autoInvoke: false)), [LookUp, Warn]),
        ["None"] = (static _ => Choice(FunctionChoiceBehavior.None()), [LookUp, Warn]),
        ["Auto, of one"] = (static kernel => Choice(FunctionChoiceBehavior.Auto([kernel.Plugins.GetFunction("weather", "warn")])), [Warn]),
        ["Auto, of none"] = (static _ => Choice(FunctionChoiceBehavior.Auto([])), []),
        ["Auto, of one that the kernel has not"] = (
            static _ => Choice(FunctionChoiceBehavior.Auto([Plugin("other").First()], autoInvoke: false)),
            ["""{"type":"function","name":"other.look_up"}"""]),
        ["Auto, of a class of settings of any model"] = (
            static _ => new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }, [LookUp, Warn]),
        ["EnableKernelFunctions"] = (static _ => Call(ToolCallBehavior.EnableKernelFunctions), [LookUp, Warn]),
        ["EnableFunctions"] = (
            static kernel => Call(ToolCallBehavior.EnableFunctions([kernel.Plugins["weather"].First().Metadata.ToOpenAIFunction()])), []),
    };

    private TestedClients _clients = null!;

    public static TheoryData<string> Offered => [.. Offers.Keys];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _clients = await TestedClients.StartAsync();

    public ValueTask DisposeAsync() => _clients.DisposeAsync();

    [Theory]
    [MemberData(nameof(Offered))]
    public async Task The_functions_a_request_offers_are_the_tools_of_its_step(string offer)
    {
        var (settings, tools) = Offers[offer];
        var kernel = new Kernel();
        kernel.Plugins.Add(Plugin("weather"));

        await _clients.Get<IChatCompletionService>()
            .GetChatMessageContentsAsync(new ChatHistory("weather?", AuthorRole.User), settings(kernel), kernel, Cancellation);

        var parameters = Assert.IsType<ChatCompletionStep>((await _clients.PublishedAsync()).Root).ModelParameters;
        Assert.Equal(tools.Length == 0 ? "{}" : $$"""{"tools":[{{string.Join(',', tools)}}]}""", JsonSerializer.Serialize(parameters));
    }

    [Fact]
    public async Task An_applications_own_plugin_class_is_enumerated_only_by_Semantic_Kernel()
    {
        await using var bare = await TestedClients.StartAsync(new() { IsTraced = false });

        var expected = await AskAsync(bare);
        var read = await AskAsync(_clients);

        Assert.Equal(expected, read);
        var parameters = Assert.IsType<ChatCompletionStep>((await _clients.PublishedAsync()).Root).ModelParameters;
        Assert.Equal($$"""{"tools":[{{LookUp}},{{Warn}}]}""", JsonSerializer.Serialize(parameters));

        static async Task<int> AskAsync(TestedClients clients)
        {
            var own = new OwnPlugin();
            var kernel = new Kernel();
            kernel.Plugins.Add(own);
            kernel.Plugins.Add(Plugin("weather"));
            await clients.Get<IChatCompletionService>().GetChatMessageContentsAsync(
                new ChatHistory("weather?", AuthorRole.User), Choice(FunctionChoiceBehavior.Auto()), kernel, Cancellation);
            return own.TimesRead;
        }
    }

    private static OpenAIPromptExecutionSettings Choice(FunctionChoiceBehavior behavior) => new() { FunctionChoiceBehavior = behavior };

    private static OpenAIPromptExecutionSettings Call(ToolCallBehavior behavior) => new() { ToolCallBehavior = behavior };

    private static KernelPlugin Plugin(string name) => KernelPluginFactory.CreateFromFunctions(name, [Function("look_up"), Function("warn")]);

    private static KernelFunction Function(string name) => KernelFunctionFactory.CreateFromMethod(
        ([System.ComponentModel.Description("Where.")] string city) => $"sunny in {city}", name, $"Does {name}.");

    // Semantic Kernel generates the schema of the parameters.
    private static string Tool(string name)
    {
        var parameters = JsonSerializer.Serialize(Function(name).JsonSchema);
        Assert.Contains("\"city\"", parameters, StringComparison.Ordinal);
        return $$"""{"type":"function","plugin":"weather","name":"{{name}}","description":"Does {{name}}.","parameters":{{parameters}}}""";
    }

    private sealed class OwnPlugin() : KernelPlugin("own")
    {
        public int TimesRead { get; private set; }

        public override int FunctionCount => 0;

        public override bool TryGetFunction(string name, [NotNullWhen(true)] out KernelFunction? function)
        {
            function = null;
            return false;
        }

        public override IEnumerator<KernelFunction> GetEnumerator()
        {
            TimesRead++;
            return Enumerable.Empty<KernelFunction>().GetEnumerator();
        }
    }
}
