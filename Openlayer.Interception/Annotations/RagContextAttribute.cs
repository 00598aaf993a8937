namespace Openlayer.Interception;

/// <summary>Placeholders the parameter that holds the retrieved context: it becomes the row's <c>context</c> column and the step's metadata of that name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RagContextAttribute : Attribute;
