namespace Openlayer.Interception.Tracing;

/// <summary>The step types by their classes.</summary>
internal static class StepClass
{
    /// <summary>Returns the step type whose steps are of a class.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="TStep"/> is <see cref="ModelStep"/>, which is the base of two classes.</exception>
    public static StepType TypeOf<TStep>()
        where TStep : Step
    {
        return typeof(TStep) switch
        {
            var step when step == typeof(Step) => StepType.UserCall,
            var step when step == typeof(ChatCompletionStep) => StepType.ChatCompletion,
            var step when step == typeof(EmbeddingStep) => StepType.Embedding,
            var step when step == typeof(AgentStep) => StepType.Agent,
            var step when step == typeof(RetrieverStep) => StepType.Retriever,
            var step when step == typeof(ToolStep) => StepType.Tool,
            var step when step == typeof(HandoffStep) => StepType.Handoff,
            var step when step == typeof(GuardrailStep) => StepType.Guardrail,
            var step => throw new ArgumentException($"No step type has the class {step.Name}. Use ChatCompletionStep or EmbeddingStep.", nameof(TStep)),
        };
    }
}
