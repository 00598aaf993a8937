namespace Openlayer.Interception;

/// <summary>A request to a chat model. Its input <c>prompt</c> holds messages with role and content. Its output is the model's answer.</summary>
public sealed class ChatCompletionStep : ModelStep
{
    private int? _completionTokens;

    internal ChatCompletionStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.ChatCompletion)
    {
    }

    /// <summary>The number of completion tokens that the provider reported. Null if it reported none. A negative number is taken as null.</summary>
    public int? CompletionTokens
    {
        get => _completionTokens;
        set => _completionTokens = Known(value);
    }

    /// <summary>
    /// The tokens by what they cost, in counts that do not overlap: <c>input_tokens</c> (uncached), <c>output_tokens</c> (reasoning included),
    /// <c>cached_tokens</c>, <c>cache_creation_tokens</c>, <c>input_audio_tokens</c>, <c>output_audio_tokens</c>. Openlayer prices each.
    /// Setting it copies the counts that are more than 0. Default: null, or, for a recognised client, what the provider reported.
    /// </summary>
    public IReadOnlyDictionary<string, int>? UsageDetails
    {
        get => Usage?.ToDictionary();
        set => Usage = value is null
            ? null
            : [.. value.Where(static count => count.Value > 0).ToDictionary(count => Trace.Capture.CaptureName(count.Key), static count => count.Value)];
    }

    /// <summary>The counts that are more than 0, under names that have no secret. Null if there are none.</summary>
    internal KeyValuePair<string, int>[]? Usage
    {
        get;
        set => field = value is { Length: > 0 } ? value : null;
    }

    internal override void FillFrom(ModelStep inner)
    {
        base.FillFrom(inner);
        CompletionTokens ??= (inner as ChatCompletionStep)?.CompletionTokens;

        // Nearer to the model it is known better what overlaps.
        Usage = (inner as ChatCompletionStep)?.Usage ?? Usage;
    }

    private protected override void TakeUsageFrom(ModelStep inner)
    {
        base.TakeUsageFrom(inner);
        CompletionTokens = (inner as ChatCompletionStep)?.CompletionTokens;
    }
}
