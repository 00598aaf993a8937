using System.Collections.Concurrent;

namespace Openlayer.Interception.Tests.Guardrails;

/// <summary>The target. It records the questions that reach it.</summary>
public sealed class Echoes : IEchoes
{
    private readonly ConcurrentQueue<string> _questions = new();

    /// <summary>Whether asynchronous members complete later.</summary>
    public bool IsSlow { get; init; }

    /// <summary>Thrown by every member.</summary>
    public Exception? Failure { get; init; }

    public IReadOnlyList<string> Questions => [.. _questions];

    public string Value(string question)
    {
        _questions.Enqueue(question);
        return Failure is null ? $"echo {question}" : throw Failure;
    }

    public async Task<string> TaskOf(string question)
    {
        await Suspend();
        return Value(question);
    }

    public async ValueTask<string> ValueTaskOf(string question)
    {
        await Suspend();
        return Value(question);
    }

    public async IAsyncEnumerable<string> Stream(string question)
    {
        await Suspend();
        var answer = Value(question);
        for (var index = 0; index < answer.Length; index += 3)
        {
            yield return answer[index..Math.Min(index + 3, answer.Length)];
        }
    }

    public async Task<IAsyncEnumerable<string>> TaskOfStream(string question)
    {
        await Suspend();
        return Stream(question);
    }

    public async ValueTask<IAsyncEnumerable<string>> ValueTaskOfStream(string question)
    {
        await Suspend();
        return Stream(question);
    }

    public IEnumerable<string> Sequence(string question)
    {
        yield return Value(question);
    }

    public async Task<IEnumerable<string>> TaskOfSequence(string question)
    {
        await Suspend();
        return Sequence(question);
    }

    public string[] List(string question) => [Value(question)];

    public bool TryAnswer(string question, out string? answer)
    {
        answer = Value(question);
        return true;
    }

    public void Nothing(string question) => Value(question);

    public Task TaskOfNothing(string question) => TaskOf(question);

    public async ValueTask ValueTaskOfNothing(string question) => await TaskOf(question);

    public void Change(ref string text) => text = Value(text);

    public int Count(string question) => Value(question).Length;

    public async IAsyncEnumerable<int> Numbers(int count)
    {
        for (var number = 1; number <= count; number++)
        {
            await Suspend();
            yield return number;
        }
    }

    public async Task<string> CancellableAsync(string question, CancellationToken cancellationToken)
    {
        await Suspend();
        cancellationToken.ThrowIfCancellationRequested();
        return Value(question);
    }

    public string Untraced(string question) => Value(question);

    private async Task Suspend()
    {
        if (IsSlow)
        {
            await Task.Yield();
        }
    }
}
