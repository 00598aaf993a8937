namespace Openlayer.Interception.Tests.Services;

public class Work : IWork
{
    public virtual void Do(string name, Action? body = null) => body?.Invoke();

    public virtual Task DoAsync(string name, Func<Task> body) => body();

    public virtual ValueTask DoValueAsync(string name, Func<ValueTask> body) => body();

    public virtual IAsyncEnumerable<T> Stream<T>(string name, Func<IAsyncEnumerable<T>> body) => body();

    public virtual Task<IAsyncEnumerable<T>> StreamAsync<T>(string name, Func<Task<IAsyncEnumerable<T>>> body) => body();

    public virtual ValueTask<IAsyncEnumerable<T>> StreamValueAsync<T>(string name, Func<ValueTask<IAsyncEnumerable<T>>> body) => body();

    public virtual T Get<T>(string name, Func<T> body) => body();

    public virtual Task<TResult> UseAsync<TInput, TResult>(string name, TInput input, Func<TInput, Task<TResult>> body) => body(input);
}
