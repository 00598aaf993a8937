using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace QuickStart;

/// <summary>Answers from the passages that match the question best. This class contains no tracing code.</summary>
public sealed class AnswerService(IRetriever retriever, IChatClient model) : IAnswerService
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<string> AnswerAsync(
        string question,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var passages = retriever.Retrieve(question, count: 3);
        ChatMessage[] prompt =
        [
            new(ChatRole.System, "Answer in a few sentences, from these passages only. If they do not answer the question, say so."),
            .. passages.Select(passage => new ChatMessage(ChatRole.System, passage.ToString())),
            new(ChatRole.User, question),
        ];

        await foreach (var update in model.GetStreamingResponseAsync(prompt, cancellationToken: cancellationToken))
        {
            yield return update.Text;
        }
    }
}
