namespace Openlayer.Interception.Options;

/// <summary>An immutable copy of <see cref="OpenlayerOptions.Prices"/>.</summary>
internal sealed class ModelPrices
{
    private readonly Dictionary<(string Provider, string Model), ModelPrice> _prices;

    private ModelPrices(Dictionary<(string Provider, string Model), ModelPrice> prices) => _prices = prices;

    /// <returns>The prices. Null if there are none.</returns>
    public static ModelPrices? Of(IEnumerable<ModelPrice> prices)
    {
        var copies = prices.ToDictionary(static price => price.Key, static price => new ModelPrice
        {
            Input = price.Input,
            Output = price.Output,
            CachedInput = price.CachedInput ?? price.Input,
            CacheCreation = price.CacheCreation ?? price.Input,
            InputAudio = price.InputAudio ?? price.Input,
            OutputAudio = price.OutputAudio ?? price.Output,
        });
        return copies.Count == 0 ? null : new ModelPrices(copies);
    }

    /// <summary>The price of a model of a provider, else that of the model of any provider. Null if there is none.</summary>
    public ModelPrice? Find(string? provider, string? model)
    {
        if (model is null)
        {
            return null;
        }

        var name = model.ToUpperInvariant();
        return _prices.GetValueOrDefault(((provider ?? "").ToUpperInvariant(), name)) ?? _prices.GetValueOrDefault(("", name));
    }
}
