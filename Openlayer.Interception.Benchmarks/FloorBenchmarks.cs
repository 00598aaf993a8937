using BenchmarkDotNet.Attributes;

namespace Openlayer.Interception.Benchmarks;

/// <summary>What a traced call cannot do without, each alone: with Castle's own call they are the floor of <see cref="Variant.Traced"/>.</summary>
[MemoryDiagnoser]
public class FloorBenchmarks
{
    private readonly AsyncLocal<object?> _ambient = new();
    private readonly object _step = new();
    private readonly TimeProvider _timeProvider = TimeProvider.System;

    [GlobalSetup]
    public void SetUp() => _ambient.Value = new object();

    /// <summary>When the step starts and when it ends.</summary>
    [Benchmark]
    public long TwoTimestamps() => _timeProvider.GetTimestamp() - _timeProvider.GetTimestamp();

    /// <summary>The ambient step becomes the call's, and is the caller's again.</summary>
    [Benchmark]
    public void AmbientWriteAndBack()
    {
        var caller = ExecutionContext.Capture()!;
        _ambient.Value = _step;
        ExecutionContext.Restore(caller);
    }

    /// <summary>An object as large as a step, and its one input.</summary>
    [Benchmark]
    public object StepAndInputs() => new LargeObject { Inputs = [_step] };

    private sealed class LargeObject
    {
        public object?[]? Inputs { get; init; }

        // As many bytes as the fields of a step take.
        public Room Rest { get; init; }
    }

    [System.Runtime.CompilerServices.InlineArray(15)]
    private struct Room
    {
        private long _first;
    }
}
