namespace Openlayer.Interception;

/// <summary>
/// The prices of a model that Openlayer does not price: an own one, or one at an own price. Each is for a million tokens, in the currency of the
/// Openlayer workspace, and at least 0.
/// </summary>
public sealed class ModelPrice
{
    /// <summary>
    /// The model, in any case: as <see cref="ModelStep.Model"/> has it, as the request names it, or as the response does. Required.
    /// </summary>
    public string Model { get; set; } = "";

    /// <summary>The provider, in any case, as <see cref="ModelStep.Provider"/> has it. Default: null, which means any.</summary>
    public string? Provider { get; set; }

    /// <summary>The price of a million input tokens. Default: 0.</summary>
    public double Input { get; set; }

    /// <summary>The price of a million output tokens, reasoning included. Default: 0.</summary>
    public double Output { get; set; }

    /// <summary>The price of a million input tokens that are read from a cache. Default: null, which means <see cref="Input"/>.</summary>
    public double? CachedInput { get; set; }

    /// <summary>The price of a million input tokens that are written to a cache. Default: null, which means <see cref="Input"/>.</summary>
    public double? CacheCreation { get; set; }

    /// <summary>The price of a million input tokens of audio. Default: null, which means <see cref="Input"/>.</summary>
    public double? InputAudio { get; set; }

    /// <summary>The price of a million output tokens of audio. Default: null, which means <see cref="Output"/>.</summary>
    public double? OutputAudio { get; set; }

    internal bool IsValid => !string.IsNullOrWhiteSpace(Model)
        && Array.TrueForAll([Input, Output, CachedInput, CacheCreation, InputAudio, OutputAudio], static price => price is null or (>= 0 and < double.PositiveInfinity));

    /// <summary>The provider and the model, by which there is one entry.</summary>
    internal (string Provider, string Model) Key => ((OpenlayerOptions.Trimmed(Provider) ?? "").ToUpperInvariant(), Model.Trim().ToUpperInvariant());
}
