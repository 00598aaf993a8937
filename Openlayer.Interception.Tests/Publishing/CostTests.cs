using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>Requests to models get a cost from the options' prices, and rows the sums of their requests.</summary>
public sealed class CostTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_cost_is_that_of_each_kind_of_token_for_a_million()
    {
        var step = await ChatAsync(
            static options => options.Prices.Add(new()
            {
                Model = "own-model",
                Input = 1,
                Output = 2,
                CachedInput = 0.1,
                CacheCreation = 1.25,
                InputAudio = 10,
                OutputAudio = 20,
            }),
            static step => step.UsageDetails = new Dictionary<string, int>
            {
                ["input_tokens"] = 1_000,
                ["output_tokens"] = 200,
                ["cached_tokens"] = 500,
                ["cache_creation_tokens"] = 40,
                ["input_audio_tokens"] = 30,
                ["output_audio_tokens"] = 20,
                ["unknown_tokens"] = 1_000_000,
            });

        Assert.Equal((1_000 + 400 + 50 + 50 + 300 + 400) / 1e6, step.Cost!.Value, 12);
    }

    [Fact]
    public async Task Kinds_without_a_price_cost_what_other_tokens_cost()
    {
        var step = await ChatAsync(
            static options => options.Prices.Add(new() { Model = "own-model", Input = 1, Output = 2 }),
            static step => step.UsageDetails = new Dictionary<string, int>
            {
                ["input_tokens"] = 1,
                ["output_tokens"] = 1,
                ["cached_tokens"] = 1,
                ["cache_creation_tokens"] = 1,
                ["input_audio_tokens"] = 1,
                ["output_audio_tokens"] = 1,
            });

        Assert.Equal(8 / 1e6, step.Cost!.Value, 12);
    }

    [Fact]
    public async Task Without_details_the_prompt_and_completion_tokens_cost()
    {
        var step = await ChatAsync(
            static options => options.Prices.Add(new() { Model = "OWN-Model", Provider = "ACME", Input = 1, Output = 2 }),
            static step => (step.Provider, step.PromptTokens, step.CompletionTokens) = ("Acme", 20, 10));

        Assert.Equal(40 / 1e6, step.Cost!.Value, 12);
    }

    [Fact]
    public async Task The_price_of_the_provider_comes_before_that_of_any()
    {
        var step = await ChatAsync(
            static options =>
            {
                options.Prices.Add(new() { Model = "own-model", Input = 1 });
                options.Prices.Add(new() { Model = "own-model", Provider = "Acme", Input = 3 });
                options.Prices.Add(new() { Model = "own-model", Provider = "Other", Input = 5 });
            },
            static step => (step.Provider, step.PromptTokens) = ("acme", 1));

        Assert.Equal(3 / 1e6, step.Cost!.Value, 12);
    }

    [Fact]
    public async Task A_cost_that_is_set_and_a_model_without_a_price_or_without_tokens_stay_as_they_are()
    {
        static void Price(OpenlayerOptions options) => options.Prices.Add(new() { Model = "own-model", Input = 1 });

        Assert.Equal(0.5, (await ChatAsync(Price, static step => (step.PromptTokens, step.Cost) = (1, 0.5))).Cost);
        Assert.Null((await ChatAsync(Price, static step => (step.PromptTokens, step.Model) = (1, "other"))).Cost);
        Assert.Null((await ChatAsync(Price, static _ => { })).Cost);
        Assert.Null((await ChatAsync(static _ => { }, static step => step.PromptTokens = 1)).Cost);
    }

    [Fact]
    public async Task An_embedding_costs_its_input_and_the_model_that_responded_counts_if_the_requested_one_has_no_price()
    {
        await using var container = new TracedContainer(configure: static options => options.Prices.Add(new() { Model = "embed-3-2025", Input = 2 }));

        container.Tracer.RecordStep<EmbeddingStep>(new("embed"), static step =>
        {
            (step.Model, step.Tokens) = ("embed-latest", 7);
            step.Metadata["servedModel"] = "embed-3-2025";
        });

        Assert.Equal(14 / 1e6, ((EmbeddingStep)(await container.TraceAsync()).Root).Cost!.Value, 12);
    }

    [Fact]
    public async Task An_enricher_sees_the_cost_and_can_change_it()
    {
        double? seen = null;
        var step = await ChatAsync(
            options =>
            {
                options.Prices.Add(new() { Model = "own-model", Input = 1 });
                options.Enrich = trace =>
                {
                    seen = ((ModelStep)trace.Root).Cost;
                    ((ModelStep)trace.Root).Cost = 7;
                };
            },
            static step => step.PromptTokens = 1_000_000);

        Assert.Equal((1.0, 7.0), (seen, step.Cost));
    }

    [Theory]
    [InlineData(false, 0, 0)]
    [InlineData(true, 37, 0.75)]
    public async Task With_the_option_the_rows_tokens_and_cost_are_the_sums_over_the_requests(bool sums, int tokens, double cost)
    {
        var row = await RowAsync(sums, static tracer =>
        {
            using var root = tracer.StartStep("request");
            tracer.RecordStep<ChatCompletionStep>(new("chat"), step => (step.PromptTokens, step.CompletionTokens, step.Cost) = (20, 10, 0.5));
            using var inner = tracer.StartStep("search");
            tracer.RecordStep<EmbeddingStep>(new("embed"), step => (step.Tokens, step.Cost) = (7, 0.25));
            tracer.RecordStep<ChatCompletionStep>(new("unknown"), static _ => { });
        });

        Assert.Equal((tokens, cost), (row.GetProperty("tokens").GetInt64(), row.GetProperty("cost").GetDouble()));
    }

    [Fact]
    public async Task Sums_of_the_largest_counts_and_costs_are_numbers()
    {
        var row = await RowAsync(sums: true, static tracer =>
        {
            using var root = tracer.StartStep("request");
            for (var request = 0; request < 3; request++)
            {
                tracer.RecordStep<ChatCompletionStep>(new("chat"), step => (step.Tokens, step.Cost) = (int.MaxValue, double.MaxValue));
            }
        });

        Assert.Equal((3L * int.MaxValue, double.MaxValue), (row.GetProperty("tokens").GetInt64(), row.GetProperty("cost").GetDouble()));
    }

    [Fact]
    public async Task Usage_details_are_in_the_row_only_where_there_are_any()
    {
        var row = await RowAsync(sums: false, static tracer =>
        {
            using var root = tracer.StartStep("request");
            tracer.RecordStep<ChatCompletionStep>(new("with"), step => step.UsageDetails = new Dictionary<string, int> { ["input_tokens"] = 16, ["cached_tokens"] = 4 });
            tracer.RecordStep<ChatCompletionStep>(new("without"), static _ => { });
        });

        var steps = row.GetProperty("steps")[0].GetProperty("steps");
        Assert.Equal("""{"input_tokens":16,"cached_tokens":4}""", steps[0].GetProperty("usageDetails").GetRawText());
        Assert.False(steps[1].TryGetProperty("usageDetails", out _));
    }

    [Fact]
    public async Task Prices_come_from_the_configuration_with_models_of_any_name()
    {
        const string Json = """
            {"Openlayer": {"SendToOpenlayer": false, "SumUsage": true, "Prices": [
                {"Model": "llama3.2:3b", "Provider": "Ollama", "Input": 0.05, "Output": 0.1, "CachedInput": 0.01}]}}
            """;
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(Json))).Build());
        services.AddOpenlayer();
        await using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<OpenlayerOptions>();

        var price = Assert.Single(options.Prices);
        Assert.Equal(("llama3.2:3b", "Ollama", 0.05, 0.1, 0.01), (price.Model, price.Provider, price.Input, price.Output, price.CachedInput));
        Assert.True(options.SumUsage);
    }

    private static readonly ModelPrice[][] WrongPrices =
    [
        [new ModelPrice { Input = 1 }],
        [new ModelPrice { Model = " ", Input = 1 }],
        [new ModelPrice { Model = "m", Input = -1 }],
        [new ModelPrice { Model = "m", CachedInput = double.NaN }],
        [new ModelPrice { Model = "m", Output = double.PositiveInfinity }],
        [null!],
        [new ModelPrice { Model = "m", Provider = "p" }, new ModelPrice { Model = "M ", Provider = " P" }],
    ];

    [Fact]
    public void Prices_that_are_not_valid_are_an_error_at_registration_that_names_the_option() => Assert.All(WrongPrices, static prices =>
    {
        var options = new OpenlayerOptions();
        foreach (var price in prices)
        {
            options.Prices.Add(price);
        }

        var error = Assert.Throws<ArgumentException>(() => new OpenlayerTracer(options));

        Assert.StartsWith(
            "OpenlayerOptions.Prices must have entries with a Model and with prices that are finite and at least 0, one for each model of a provider.",
            error.Message,
            StringComparison.Ordinal);
    });

    private static async Task<ChatCompletionStep> ChatAsync(Action<OpenlayerOptions> configure, Action<ChatCompletionStep> record)
    {
        await using var container = new TracedContainer(configure: configure);
        container.Tracer.RecordStep<ChatCompletionStep>(new("chat"), step =>
        {
            step.Model = "own-model";
            record(step);
        });
        return (ChatCompletionStep)(await container.TraceAsync()).Root;
    }

    private static async Task<JsonElement> RowAsync(bool sums, Action<OpenlayerTracer> run)
    {
        await using var server = await OpenlayerServer.StartAsync();
        await using var app = new TracedApplication(options => options.SumUsage = sums, server);
        run(app.Tracer);
        await app.Tracer.FlushAsync(Token);
        return (await server.NextAsync()).Json.GetProperty("rows")[0];
    }
}
