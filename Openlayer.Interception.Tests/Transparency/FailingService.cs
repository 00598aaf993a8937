using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Tests.Transparency;

internal sealed class FailingService : IFailingService
{
    public Task FailedTask(Exception exception) => Task.FromException(exception);

    public Task<string> FailedTaskOfReference(Exception exception) => Task.FromException<string>(exception);

    public ValueTask FailedValueTask(Exception exception) => ValueTask.FromException(exception);

    public ValueTask FailedPooledValueTask(Exception exception)
    {
        var source = new PooledSource<int>(static _ => { });
        source.SetException(exception);
        return new ValueTask(source, source.Version);
    }

    public Task FailingTask(Exception exception, FailureSignal signal) => FailAsync(exception, signal);

    public Task<int> FailingTaskOfValue(Exception exception, FailureSignal signal) => FailAsync(exception, signal);

    public Task FailingSource(Exception exception, FailureSignal signal)
    {
        var source = new TaskCompletionSource();
        signal.OnFail(() => source.SetException(exception));
        return source.Task;
    }

    public Task FailingSourceWithState(Exception exception, FailureSignal signal)
    {
        var source = new TaskCompletionSource("state");
        signal.OnFail(() => source.SetException(exception));
        return source.Task;
    }

    public Task<int> FailingOwnTask(Exception exception, FailureSignal signal)
    {
        var task = new OwnTask<int>(() => throw exception);
        signal.OnFail(task.RunSynchronously);
        return task;
    }

    public async ValueTask<int> FailingValueTask(Exception exception, FailureSignal signal) => await FailAsync(exception, signal);

    public ValueTask<int> FailingPooledValueTask(Exception exception, FailureSignal signal)
    {
        var source = new PooledSource<int>(static _ => { });
        signal.OnFail(() => source.SetException(exception));
        return new ValueTask<int>(source, source.Version);
    }

    public int Throw(string message) => throw Deep(message);

    public async Task<int> ThrowBeforeTheFirstAwait(string message)
    {
        ThrowDeep(message);
        await Task.Yield();
        return 0;
    }

    public async Task<int> ThrowAfterTheFirstAwait(string message)
    {
        await Task.Yield();
        ThrowDeep(message);
        return 0;
    }

    public async ValueTask<int> ThrowInValueTask(string message) => await ThrowAfterTheFirstAwait(message);

    public async IAsyncEnumerable<int> ThrowInStream(string message)
    {
        yield return 1;
        await Task.Yield();
        ThrowDeep(message);
    }

    public IEnumerable<int> ThrowInSequence(string message)
    {
        yield return 1;
        ThrowDeep(message);
    }

    private static async Task<int> FailAsync(Exception exception, FailureSignal signal)
    {
        var failing = new TaskCompletionSource();
        signal.OnFail(failing.SetResult);
        await failing.Task;
        throw exception;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowDeep(string message) => throw Deep(message);

    private static TargetException Deep(string message) => new(message);
}
