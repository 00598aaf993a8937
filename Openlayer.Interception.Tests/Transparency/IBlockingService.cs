namespace Openlayer.Interception.Tests.Transparency;

public interface IBlockingService
{
    Task<int> WithoutContextAsync();

    ValueTask<int> ValueWithoutContextAsync();

    Task<int> OnThePoolAsync();

    Task<int> OnTheContextAsync();
}
