namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream that frees something as it is collected, which an instance made in its place does not have.</summary>
public class FinalizedStream : IAsyncEnumerable<int>
{
    private readonly object? _resource;

    public FinalizedStream(object resource) => _resource = resource;

    protected FinalizedStream()
    {
    }

    ~FinalizedStream()
    {
        if (_resource is null)
        {
            Environment.FailFast("Nothing to free.");
        }
    }

    public virtual async IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return 1;
    }
}
