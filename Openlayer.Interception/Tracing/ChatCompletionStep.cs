namespace Openlayer.Interception;

/// <summary>A request to a chat model. Its input <c>prompt</c> holds messages with role and content. Its output is the model's answer.</summary>
public sealed class ChatCompletionStep : ModelStep
{
    internal ChatCompletionStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.ChatCompletion)
    {
    }

    /// <summary>The number of completion tokens that the provider reported. Null if it reported none.</summary>
    public int? CompletionTokens { get; set; }

    internal override void FillFrom(ModelStep inner)
    {
        base.FillFrom(inner);
        CompletionTokens ??= (inner as ChatCompletionStep)?.CompletionTokens;
    }

    private protected override void TakeUsageFrom(ModelStep inner)
    {
        base.TakeUsageFrom(inner);
        CompletionTokens = (inner as ChatCompletionStep)?.CompletionTokens;
    }
}
