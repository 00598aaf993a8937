namespace Openlayer.Interception;

/// <summary>Marks the parameter that holds the retrieved context. It becomes the row's column <c>context</c> and the step's metadata of that name.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class RagContextAttribute : Attribute;
