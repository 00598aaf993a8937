namespace Openlayer.Interception.Options;

/// <summary>A rule for an option that is more than a range.</summary>
/// <param name="rule">What the option must do, to follow "OpenlayerOptions.Option must ". The option's value is never part of the message.</param>
/// <param name="check">A private property of the same class, true if the rule is met.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MustAttribute(string rule, string check) : Attribute
{
    public string Rule => rule;

    public string Check => check;
}
