using Openlayer.Interception.Capture;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Tracing;

/// <summary>Gives requests to models the cost that <see cref="OpenlayerOptions.Prices"/> say.</summary>
internal static class StepPricing
{
    private const double TokensOfPrice = 1_000_000;

    /// <summary>Sets the cost of each request in a complete trace that has none and whose model has a price.</summary>
    public static void ApplyTo(this ModelPrices prices, Step root)
    {
        foreach (var step in root.SelfAndDescendants())
        {
            if (step is ModelStep { Cost: null } request && PriceOf(prices, request) is { } price)
            {
                request.Cost = CostOf(request, price);
            }
        }
    }

    private static ModelPrice? PriceOf(ModelPrices prices, ModelStep request) =>
        prices.Find(request.Provider, request.Model)
        ?? prices.Find(request.Provider, request.RequestedModel)
        ?? prices.Find(request.Provider, Text(request.CapturedMetadataValue("servedModel")));

    private static string? Text(object? captured) => captured is CapturedText text ? text.Value : captured as string;

    private static double? CostOf(ModelStep request, ModelPrice price)
    {
        if (request is ChatCompletionStep { Usage: { } details })
        {
            return details.Sum(count => count.Value * (PriceOf(count.Key, price) ?? 0)) / TokensOfPrice;
        }

        var input = request.PromptTokens ?? (request is EmbeddingStep ? request.Tokens : null);
        var output = (request as ChatCompletionStep)?.CompletionTokens;
        return input is null && output is null ? null : (((input ?? 0) * price.Input) + ((output ?? 0) * price.Output)) / TokensOfPrice;
    }

    private static double? PriceOf(string name, ModelPrice price) => name switch
    {
        "input_tokens" => price.Input,
        "output_tokens" => price.Output,
        "cached_tokens" => price.CachedInput,
        "cache_creation_tokens" => price.CacheCreation,
        "input_audio_tokens" => price.InputAudio,
        "output_audio_tokens" => price.OutputAudio,
        _ => null,
    };
}
