namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream class whose enumerator cannot be overridden.</summary>
public class PlainStream : IAsyncEnumerable<int>
{
    public async IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return 1;
    }
}
