namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Exposes no members beyond the stream interface, but callers know it as its base class.</summary>
internal sealed class HiddenPlainStream : PlainStream;
