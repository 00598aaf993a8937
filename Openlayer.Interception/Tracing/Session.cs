namespace Openlayer.Interception.Tracing;

/// <summary>The user and session that traces opened in this context belong to.</summary>
internal sealed record Session(string? UserId, string? SessionId);
