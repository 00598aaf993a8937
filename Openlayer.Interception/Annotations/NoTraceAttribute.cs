namespace Openlayer.Interception;

/// <summary>Leaves an interface, class or method untraced: its calls pass straight through, and what they call nests under the caller's step.</summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoTraceAttribute : Attribute;
