namespace Openlayer.Interception;

/// <summary>Excludes an interface, class or method from tracing. Its calls open no step, and traced calls within them nest under the caller's step.</summary>
[AttributeUsage(AttributeTargets.Interface | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class NoTraceAttribute : Attribute;
