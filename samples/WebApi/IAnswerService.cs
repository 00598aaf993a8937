using Openlayer.Interception;

namespace WebApi;

/// <summary>Answers questions about this project.</summary>
public interface IAnswerService
{
    /// <summary>Streams the answer to a question as the model writes it.</summary>
    IAsyncEnumerable<string> AnswerAsync([RagQuestion] string question, CancellationToken cancellationToken = default);
}
