using Microsoft.Extensions.AI;

namespace Openlayer.Interception.Tests.Service;

/// <summary>Asks the other service for passages, then a model.</summary>
public sealed class Answers(HttpClient search, IChatClient model) : IAnswers
{
    public async Task<string> AnswerAsync(string question)
    {
        var passages = await search.GetStringAsync($"passages?query={Uri.EscapeDataString(question)}");
        var answer = await model.GetResponseAsync(
            [new(ChatRole.System, $"Answer from this:\n{passages}"), new(ChatRole.User, question)], new ChatOptions { Temperature = 0.2f });
        return answer.Text;
    }
}
