namespace Openlayer.Interception.Tests.Transparency;

public interface IPieceService
{
    int Count(int request);

    ValueTask<int> FindAsync(int request);

    IAsyncEnumerable<string> ReadAsync(int request);

    IEnumerable<int> List(int request);
}
