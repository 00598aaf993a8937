namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream that is not a compiler-generated iterator.</summary>
internal sealed class HandWrittenStream<T>(Script script, Func<int, T> item) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        script.Enter();
        script.Observe(cancellationToken == script.Cancellation.Token ? "requested with the caller's token" : "requested without a token");
        script.ThrowInGetEnumerator();
        return new Enumerator(script, item);
    }

    private sealed class Enumerator(Script script, Func<int, T> item) : IAsyncEnumerator<T>
    {
        private int _index = -1;

        public T Current => item(_index);

        public ValueTask<bool> MoveNextAsync() => script.Move(++_index);

        public ValueTask DisposeAsync()
        {
            script.Dispose();
            return default;
        }
    }
}
