namespace Openlayer.Interception.Tests.Transparency;

/// <summary>Tests that measure the whole process. No other test runs at the same time.</summary>
[CollectionDefinition(nameof(UndisturbedTests), DisableParallelization = true)]
public sealed class UndisturbedTests;
