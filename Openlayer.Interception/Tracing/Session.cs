namespace Openlayer.Interception.Tracing;

/// <summary>The user and session of the traces opened in an execution context.</summary>
internal sealed record Session(string? UserId, string? SessionId);
