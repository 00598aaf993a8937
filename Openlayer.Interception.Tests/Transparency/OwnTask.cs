namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A service's own kind of task, which a caller may downcast to.</summary>
public sealed class OwnTask<T>(Func<T> work) : Task<T>(work);
