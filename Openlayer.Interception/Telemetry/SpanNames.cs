using System.Diagnostics;

namespace Openlayer.Interception.Telemetry;

/// <summary>
/// The names and kinds of spans: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ and gen-ai-agent-spans.
/// </summary>
internal static class SpanNames
{
    /// <summary>The operation that a step is. Null if there is no convention for it.</summary>
    public static string? OperationOf(Step step) => step.Type switch
    {
        StepType.ChatCompletion => "chat",
        StepType.Embedding => "embeddings",
        StepType.Agent => "invoke_agent",
        StepType.Tool => "execute_tool",
        StepType.Retriever => "retrieval",
        _ => null,
    };

    public static ActivityKind KindOf(Step step) =>
        step.Type is StepType.ChatCompletion or StepType.Embedding or StepType.Retriever ? ActivityKind.Client : ActivityKind.Internal;

    public static string Of(Step step) => OperationOf(step) is not { } operation ? step.Name : SubjectOf(step) is { } subject ? $"{operation} {subject}" : operation;

    /// <summary>Whether a span of a step has its name already. Allocates nothing.</summary>
    public static bool Is(string name, Step step)
    {
        if (OperationOf(step) is not { } operation)
        {
            return name == step.Name;
        }

        var subject = SubjectOf(step);
        return subject is null
            ? name == operation
            : name.Length == operation.Length + 1 + subject.Length
                && name.StartsWith(operation, StringComparison.Ordinal)
                && name[operation.Length] == ' '
                && name.EndsWith(subject, StringComparison.Ordinal);
    }

    /// <summary>The name of the tool that a step calls.</summary>
    public static string ToolOf(Step step) => (step as ToolStep)?.FunctionName ?? step.Name;

    private static string? SubjectOf(Step step) => step switch
    {
        ModelStep request => request.Model,
        ToolStep => ToolOf(step),
        _ => step.Name,
    };
}
