namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Tests that measure the process: nothing runs beside them.</summary>
[CollectionDefinition(nameof(UndisturbedTests), DisableParallelization = true)]
public sealed class UndisturbedTests;
