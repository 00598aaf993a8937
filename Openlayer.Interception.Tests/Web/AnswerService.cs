using System.Runtime.CompilerServices;

namespace Openlayer.Interception.Web.Tests;

public sealed class AnswerService : IAnswerService
{
    public async Task<string> AnswerAsync(string question, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return $"An answer to {question}";
    }

    public async IAsyncEnumerable<string> StreamAsync(string question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return "An answer to ";
        await Task.Yield();
        yield return question;
    }
}
