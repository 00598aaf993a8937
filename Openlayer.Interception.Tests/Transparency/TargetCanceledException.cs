namespace Openlayer.Interception.Tests.Transparency;

public sealed class TargetCanceledException(string message, CancellationToken token) : OperationCanceledException(message, token);
