namespace Openlayer.Interception;

/// <summary>Marks the parameter that holds the user's question. It becomes the row's column <c>_question</c> and the step's metadata of that name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RagQuestionAttribute : Attribute;
