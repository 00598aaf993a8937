namespace Openlayer.Interception.Tests.Transparency;

/// <summary>A stream whose finalizer releases a resource. A proxy does not have the resource.</summary>
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
