namespace Openlayer.Interception.Options;

/// <summary>Names the environment variable that supplies an option that is not set in code.</summary>
/// <param name="variable">The variable's name.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FromEnvironmentAttribute(string variable) : Attribute
{
    public string Variable => variable;
}
