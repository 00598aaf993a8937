namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>A service that answers <c>echo </c> and the question, with a member of every shape.</summary>
public interface IEchoes
{
    string Value(string question);

    Task<string> TaskOf(string question);

    ValueTask<string> ValueTaskOf(string question);

    IAsyncEnumerable<string> Stream(string question);

    Task<IAsyncEnumerable<string>> TaskOfStream(string question);

    ValueTask<IAsyncEnumerable<string>> ValueTaskOfStream(string question);

    IEnumerable<string> Sequence(string question);

    Task<IEnumerable<string>> TaskOfSequence(string question);

    string[] List(string question);

    bool TryAnswer(string question, out string? answer);

    void Nothing(string question);

    Task TaskOfNothing(string question);

    ValueTask ValueTaskOfNothing(string question);

    void Change(ref string text);

    int Count(string question);

    IAsyncEnumerable<int> Numbers(int count);

    Task<string> CancellableAsync(string question, CancellationToken cancellationToken);

    [NoTrace]
    string Untraced(string question);
}
