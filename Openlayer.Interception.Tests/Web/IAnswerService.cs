namespace Openlayer.Interception.Web.Tests;

/// <summary>A traced service.</summary>
public interface IAnswerService
{
    Task<string> AnswerAsync(string question, CancellationToken cancellationToken = default);

    IAsyncEnumerable<string> StreamAsync(string question, CancellationToken cancellationToken = default);
}
