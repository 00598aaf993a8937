using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Openlayer.Interception.Benchmarks.Services;

/// <summary>Answers requests for chat completions as OpenAI does, without a network: as a whole, or by a stream of 100 pieces.</summary>
internal sealed class AnsweringHandler(bool isStream) : HttpMessageHandler
{
    private const int Pieces = 100;

    private const string Usage = """{"prompt_tokens":20,"completion_tokens":10,"total_tokens":30}""";

    private static readonly byte[] Whole = Encoding.UTF8.GetBytes(
        $$$"""
        {"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o-mini","choices":[{"index":0,"message":
        {"role":"assistant","content":"Paris"},"finish_reason":"stop"}],"usage":{{{Usage}}}}
        """);

    private static readonly byte[] Streamed = Encoding.UTF8.GetBytes(string.Concat(
        [.. Enumerable.Repeat(Event("""[{"index":0,"delta":{"role":"assistant","content":"piece "},"finish_reason":null}]""", "null"), Pieces),
        Event("""[{"index":0,"delta":{},"finish_reason":"stop"}]""", "null"),
        Event("[]", Usage),
        "data: [DONE]\n\n"]));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var content = new ByteArrayContent(isStream ? Streamed : Whole);
        content.Headers.ContentType = new MediaTypeHeaderValue(isStream ? "text/event-stream" : "application/json");
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, cancellationToken).GetAwaiter().GetResult();

    private static string Event(string choices, string usage) =>
        $$"""data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini","choices":{{choices}},"usage":{{usage}}}""" + "\n\n";
}
