namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A task type that the service defines. Callers may downcast to it.</summary>
public sealed class OwnTask<T>(Func<T> work) : Task<T>(work);
