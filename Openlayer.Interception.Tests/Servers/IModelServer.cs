using Microsoft.AspNetCore.Http;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A server on loopback that speaks the wire of a model's provider, and can be told how the next request is to end.</summary>
public interface IModelServer
{
    /// <summary>How many requests there were.</summary>
    int Requests { get; }

    /// <summary>What the server's errors call a request. Null where they do not name it.</summary>
    string? ErrorRequestId { get; }

    /// <summary>Forgets how the next requests were to end.</summary>
    void Forget();

    /// <summary>Leaves the answer to the next request to <paramref name="answer"/>.</summary>
    void AnswerWith(RequestDelegate answer);

    /// <summary>Answers the next request with an error.</summary>
    void AnswerError(int status);

    /// <summary>Answers the next request with the wish to have a function called, in the shape that it asks for.</summary>
    void AnswerToolCall(string name, object arguments);

    /// <summary>
    /// Answers the next request with these words as the beginning of a stream, or nothing where none was asked for, and leaves the rest to
    /// <paramref name="then"/>.
    /// </summary>
    void AnswerThen(Func<HttpContext, Task> then, params string[] words);
}
