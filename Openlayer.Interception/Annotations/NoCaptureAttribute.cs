namespace Openlayer.Interception;

/// <summary>Keeps a parameter, return value or property out of the trace: it is recorded as <c>"[redacted]"</c>, and never read.</summary>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.ReturnValue | AttributeTargets.Property | AttributeTargets.Field)]
public sealed class NoCaptureAttribute : Attribute;
