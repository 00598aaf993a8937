namespace Openlayer.Interception;

/// <summary>Redacts a parameter, return value, property or field: it is recorded as <c>"[redacted]"</c> and never read.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.ReturnValue | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NoCaptureAttribute : Attribute;
