namespace Openlayer.Interception.Tests.Transparency;

public sealed class TargetException(string message) : Exception(message);
