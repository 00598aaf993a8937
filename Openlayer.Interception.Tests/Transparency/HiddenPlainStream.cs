namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Nothing can be reached of it that its interface does not give, but its callers know it as its base.</summary>
internal sealed class HiddenPlainStream : PlainStream;
