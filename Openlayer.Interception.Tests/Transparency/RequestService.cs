namespace Openlayer.Interception.Tests.Transparency;

internal sealed class RequestService(IPieceService pieces) : IRequestService
{
    public async Task<int> HandleAsync(int request)
    {
        var found = await pieces.FindAsync(request);
        await foreach (var _ in pieces.ReadAsync(request))
        {
            found++;
        }

        return found + pieces.List(request).First() + pieces.Count(request);
    }

    public async IAsyncEnumerable<string> HandleStreamAsync(int request)
    {
        await foreach (var piece in pieces.ReadAsync(request))
        {
            pieces.Count(request);
            yield return piece;
        }
    }
}
