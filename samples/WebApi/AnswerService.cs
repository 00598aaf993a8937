using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace WebApi;

/// <summary>Lets a model answer, which searches the documents first. This class contains no tracing code.</summary>
public sealed class AnswerService(IChatClient model, IDocuments documents) : IAnswerService
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<string> AnswerAsync(
        string question,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChatMessage[] prompt =
        [
            new(ChatRole.System, "Search the documents. Answer in a few sentences, from what they say only."),
            new(ChatRole.User, question),
        ];
        var options = new ChatOptions
        {
            Tools = [AIFunctionFactory.Create(documents.Search, "search_documents", "Finds the passages that match a query best.")],
        };

        await foreach (var update in model.GetStreamingResponseAsync(prompt, options, cancellationToken))
        {
            if (update.Text.Length > 0)
            {
                yield return update.Text;
            }
        }
    }
}
