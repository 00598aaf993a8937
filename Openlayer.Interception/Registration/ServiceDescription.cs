namespace Openlayer.Interception;

/// <summary>Whether the calls of a registered service are traced, and if not, why.</summary>
/// <param name="ServiceType">The type under which the service is registered.</param>
/// <param name="ServiceKey">The key under which the service is registered. Null if it has none.</param>
/// <param name="ImplementationType">The class of the service. Null if it is not known before the service is created.</param>
/// <param name="IsIntercepted">Whether calls through the service are traced.</param>
/// <param name="ReasonNot">Why they are not. Null if they are.</param>
public sealed record ServiceDescription(Type ServiceType, object? ServiceKey, Type? ImplementationType, bool IsIntercepted, string? ReasonNot);
