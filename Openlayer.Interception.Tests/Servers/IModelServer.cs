using Microsoft.AspNetCore.Http;

namespace Openlayer.Interception.Tests.Servers;

/// <summary>A server on loopback for the API of a model provider. Tests set how it answers the next requests.</summary>
public interface IModelServer
{
    /// <summary>The number of requests received.</summary>
    int Requests { get; }

    /// <summary>The request id in the server's errors. Null if they have none.</summary>
    string? ErrorRequestId { get; }

    /// <summary>Discards the answers set for the next requests.</summary>
    void Forget();

    /// <summary>Lets <paramref name="answer"/> answer the next request.</summary>
    void AnswerWith(RequestDelegate answer);

    /// <summary>Answers the next request with an error.</summary>
    void AnswerError(int status);

    /// <summary>Answers the next request with a tool call, whole or streamed as the request asks.</summary>
    void AnswerToolCall(string name, object arguments);

    /// <summary>
    /// Answers the next request with these words as the start of a stream, or with nothing if it does not ask for a stream, then calls
    /// <paramref name="then"/>.
    /// </summary>
    void AnswerThen(Func<HttpContext, Task> then, params string[] words);
}
