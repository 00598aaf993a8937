namespace Openlayer.Interception.Tests.Transparency;

public interface IRequestService
{
    Task<int> HandleAsync(int request);

    IAsyncEnumerable<string> HandleStreamAsync(int request);
}
