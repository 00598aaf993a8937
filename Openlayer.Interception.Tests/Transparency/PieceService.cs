namespace Openlayer.Interception.Tests.Transparency;

internal sealed class PieceService : IPieceService
{
    public int Count(int request) => request;

    public async ValueTask<int> FindAsync(int request)
    {
        await Task.Yield();
        return request % 10 == 3 ? throw new TargetException("not found") : request;
    }

    public async IAsyncEnumerable<string> ReadAsync(int request)
    {
        yield return "one";
        await Task.Yield();
        yield return request % 10 == 4 ? throw new TargetException("unreadable") : "two";
    }

    public IEnumerable<int> List(int request)
    {
        yield return request;
        yield return request + 1;
    }
}
