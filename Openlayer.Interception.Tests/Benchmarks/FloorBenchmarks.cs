using BenchmarkDotNet.Attributes;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The parts that no traced call can do without, measured alone. Added to Castle's own call, they are the floor of <see cref="Variant.Traced"/>.</summary>
[MemoryDiagnoser]
public class FloorBenchmarks
{
    private const int Items = 100;

    private readonly AsyncLocal<object?> _ambient = new();
    private readonly object _step = new();
    private readonly TimeProvider _timeProvider = TimeProvider.System;

    private readonly WorkService _service = new(new Suspension());
    private ExecutionContext _outer = null!;
    private ExecutionContext _inner = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _outer = ExecutionContext.Capture()!;
        _ambient.Value = new object();
        _inner = ExecutionContext.Capture()!;
    }

    /// <summary>The start time and the end time of a step.</summary>
    [Benchmark]
    public long TwoTimestamps() => _timeProvider.GetTimestamp() - _timeProvider.GetTimestamp();

    /// <summary>Sets the ambient step to the call's, then restores the caller's.</summary>
    [Benchmark]
    public void AmbientWriteAndBack()
    {
        var caller = ExecutionContext.Capture()!;
        _ambient.Value = _step;
        ExecutionContext.Restore(caller);
    }

    /// <summary>Allocates an object as large as a step, with one input.</summary>
    [Benchmark]
    public object StepAndInputs() => new LargeObject { Inputs = [_step] };

    /// <summary>Enters the execution context of a stream, then restores the consumer's.</summary>
    [Benchmark]
    public bool ContextsExchangedAndBack()
    {
        var isOuter = ReferenceEquals(ExecutionContext.Capture(), _outer);
        ExecutionContext.Restore(_inner);
        ExecutionContext.Restore(_outer);
        return isOuter;
    }

    /// <summary>An item of a stream of 100 through a wrapper that does nothing.</summary>
    [Benchmark(OperationsPerInvoke = Items)]
    public async Task<int> ItemThroughWrapper()
    {
        var sum = 0;
        await foreach (var item in new Wrapper<int>(_service.CompletedStream(Items)))
        {
            sum += item;
        }

        return sum;
    }

    private sealed class Wrapper<T>(IAsyncEnumerable<T> stream) : IAsyncEnumerable<T>
    {
        public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken) => new Enumerator(stream.GetAsyncEnumerator(cancellationToken));

        private sealed class Enumerator(IAsyncEnumerator<T> items) : IAsyncEnumerator<T>
        {
            public T Current => items.Current;

            public ValueTask<bool> MoveNextAsync() => items.MoveNextAsync();

            public ValueTask DisposeAsync() => items.DisposeAsync();
        }
    }

    private sealed class LargeObject
    {
        public object?[]? Inputs { get; init; }

        // The size of the fields of a step.
        public Room Rest { get; init; }
    }

    [System.Runtime.CompilerServices.InlineArray(15)]
    private struct Room
    {
        private long _first;
    }
}
