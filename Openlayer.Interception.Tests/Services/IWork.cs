namespace Openlayer.Interception.Tests.Services;

/// <summary>A service that runs a delegate of the test. Its steps are identified by their names.</summary>
public interface IWork
{
    void Do(string name, [NoCapture] Action? body = null);

    Task DoAsync(string name, [NoCapture] Func<Task> body);

    ValueTask DoValueAsync(string name, [NoCapture] Func<ValueTask> body);

    IAsyncEnumerable<T> Stream<T>(string name, [NoCapture] Func<IAsyncEnumerable<T>> body);

    Task<IAsyncEnumerable<T>> StreamAsync<T>(string name, [NoCapture] Func<Task<IAsyncEnumerable<T>>> body);

    ValueTask<IAsyncEnumerable<T>> StreamValueAsync<T>(string name, [NoCapture] Func<ValueTask<IAsyncEnumerable<T>>> body);

    /// <summary>Returns a result of any other type.</summary>
    T Get<T>(string name, [NoCapture] Func<T> body);

    /// <summary>Takes an input of any type.</summary>
    Task<TResult> UseAsync<TInput, TResult>(string name, TInput input, [NoCapture] Func<TInput, Task<TResult>> body);
}
