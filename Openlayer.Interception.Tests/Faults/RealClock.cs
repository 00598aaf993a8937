namespace Openlayer.Interception.Tests.Faults;

/// <summary>Tests whose time is the machine's. They run one after the other and beside no others, so that none waits for a processor for long.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class RealClock;
