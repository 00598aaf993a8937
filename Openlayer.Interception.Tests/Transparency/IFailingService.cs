namespace Openlayer.Interception.Tests.Transparency;

public interface IFailingService
{
    Task FailedTask(Exception exception);

    Task<string> FailedTaskOfReference(Exception exception);

    ValueTask FailedValueTask(Exception exception);

    ValueTask FailedPooledValueTask(Exception exception);

    Task FailingTask(Exception exception, FailureSignal signal);

    Task<int> FailingTaskOfValue(Exception exception, FailureSignal signal);

    Task FailingSource(Exception exception, FailureSignal signal);

    Task FailingSourceWithState(Exception exception, FailureSignal signal);

    Task<int> FailingOwnTask(Exception exception, FailureSignal signal);

    ValueTask<int> FailingValueTask(Exception exception, FailureSignal signal);

    ValueTask<int> FailingPooledValueTask(Exception exception, FailureSignal signal);

    int Throw(string message);

    Task<int> ThrowBeforeTheFirstAwait(string message);

    Task<int> ThrowAfterTheFirstAwait(string message);

    ValueTask<int> ThrowInValueTask(string message);

    IAsyncEnumerable<int> ThrowInStream(string message);

    IEnumerable<int> ThrowInSequence(string message);
}
