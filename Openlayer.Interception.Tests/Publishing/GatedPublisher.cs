using System.Threading.Channels;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A publisher whose calls a test observes, and which return when the test opens their gates.</summary>
internal sealed class GatedPublisher : ITracePublisher
{
    private static readonly TimeSpan HungAfter = TimeSpan.FromSeconds(60);

    private readonly Channel<Call> _calls = Channel.CreateUnbounded<Call>();

    /// <summary>Returns the next call that the test has not read yet. Waits for one.</summary>
    public async Task<Call> NextAsync() => await _calls.Reader.ReadAsync().AsTask().WaitAsync(HungAfter);

    /// <summary>Whether there is a call that the test has not read yet.</summary>
    public bool HasNext => _calls.Reader.TryPeek(out _);

    public ValueTask PublishAsync(IReadOnlyList<OpenlayerTrace> traces, CancellationToken cancellationToken)
    {
        var call = new Call([.. traces.Select(static trace => trace.Root.Name)], cancellationToken);
        _calls.Writer.TryWrite(call);
        return new(call.Gate.Task);
    }

    public sealed record Call(IReadOnlyList<string> Names, CancellationToken Token)
    {
        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
