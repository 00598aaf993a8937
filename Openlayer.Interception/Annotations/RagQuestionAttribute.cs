namespace Openlayer.Interception;

/// <summary>Placeholders the parameter that holds the user's question: it becomes the row's <c>_question</c> column and the step's metadata of that name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RagQuestionAttribute : Attribute;
