namespace Openlayer.Interception.Tests.Services;

/// <summary>Formats a step and its descendants as one line: <c>request(first, second(third))</c>.</summary>
internal static class Tree
{
    public static string Of(Step step) =>
        step.Steps.Count == 0 ? Label(step) : $"{Label(step)}({string.Join(", ", step.Steps.Select(Of))})";

    /// <summary>The step's input <c>name</c> if it has one, else its own name. See <see cref="IWork"/>.</summary>
    public static string Label(Step step) => step.Inputs.TryGetValue("name", out var name) && name is string label ? label : step.Name;
}
