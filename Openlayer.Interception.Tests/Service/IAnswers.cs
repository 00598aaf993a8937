namespace Openlayer.Interception.Tests.Service;

public interface IAnswers
{
    Task<string> AnswerAsync(string question);
}
