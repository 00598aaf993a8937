namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream that no compiler made.</summary>
internal sealed class HandWrittenStream<T>(Script script, Func<int, T> item) : IAsyncEnumerable<T>
{
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        script.Enter();
        script.Observe(cancellationToken == script.Cancellation.Token ? "asked for with the caller's token" : "asked for without a token");
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
