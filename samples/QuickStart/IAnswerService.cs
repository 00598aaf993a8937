using Openlayer.Interception;

namespace QuickStart;

/// <summary>Answers questions about this project.</summary>
public interface IAnswerService
{
    /// <summary>Answers one question, in pieces, as the model writes them.</summary>
    IAsyncEnumerable<string> AnswerAsync([RagQuestion] string question, CancellationToken cancellationToken = default);
}
