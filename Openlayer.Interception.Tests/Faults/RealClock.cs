namespace Openlayer.Interception.Tests.Faults;

/// <summary>Tests that measure or wait for real time. They run one at a time, so that other tests do not delay them.</summary>
[CollectionDefinition(DisableParallelization = true)]
[Trait("Clock", "Real")]
public sealed class RealClock;
