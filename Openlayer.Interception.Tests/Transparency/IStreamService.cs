namespace Openlayer.Interception.Tests.Transparency;

public interface IStreamService
{
    PlainStream Plain();

    IAsyncEnumerable<int> Finalized();

    ComparableStream Comparable(params int[] items);

    Task<IAsyncEnumerable<int>> InOwnTask();
}
