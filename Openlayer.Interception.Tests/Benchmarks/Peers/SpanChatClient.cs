using System.ClientModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using OpenAI.Chat;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>
/// A hand-written decorator of the OpenAI library's client, with a span that has what this library records of a request: messages, parameters,
/// answer, usage and the response as it was received.
/// </summary>
internal sealed class SpanChatClient(ChatClient inner)
{
    public async Task<ClientResult<ChatCompletion>> CompleteChatAsync(IEnumerable<ChatMessage> messages, ChatCompletionOptions options)
    {
        using var span = Start(messages, options);
        var result = await inner.CompleteChatAsync(messages, options).ConfigureAwait(false);
        if (span is not null)
        {
            span.SetTag("gen_ai.output.messages", JsonSerializer.Serialize(new[] { new { role = "assistant", content = result.Value.Content[0].Text } }));
            Describe(span, result.Value.Id, result.Value.Model, result.Value.FinishReason, result.Value.Usage);
            span.SetTag("response", result.GetRawResponse().Content.ToString());
        }

        return result;
    }

    public async IAsyncEnumerable<StreamingChatCompletionUpdate> CompleteChatStreamingAsync(
        IEnumerable<ChatMessage> messages, ChatCompletionOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var span = Start(messages, options);
        var answer = new StringBuilder();
        StreamingChatCompletionUpdate? last = null;
        ChatFinishReason? finishReason = null;
        await foreach (var update in inner.CompleteChatStreamingAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            foreach (var part in update.ContentUpdate)
            {
                answer.Append(part.Text);
            }

            last = update;
            finishReason = update.FinishReason ?? finishReason;
            yield return update;
        }

        if (span is not null)
        {
            span.SetTag("gen_ai.output.messages", JsonSerializer.Serialize(new[] { new { role = "assistant", content = answer.ToString() } }));
            Describe(span, last!.CompletionId, last.Model, finishReason, last.Usage);
        }
    }

    private static Activity? Start(IEnumerable<ChatMessage> messages, ChatCompletionOptions options)
    {
        var span = Spans.Source.StartActivity("chat gpt-4o-mini");
        span?.SetTag("gen_ai.operation.name", "chat");
        span?.SetTag("gen_ai.request.temperature", options.Temperature);
        span?.SetTag("gen_ai.request.max_tokens", options.MaxOutputTokenCount);
        span?.SetTag("gen_ai.input.messages", JsonSerializer.Serialize(messages.Select(static message => new { role = RoleOf(message), content = message.Content[0].Text })));
        return span;
    }

    private static void Describe(Activity span, string id, string model, ChatFinishReason? finishReason, ChatTokenUsage usage)
    {
        span.SetTag("gen_ai.response.id", id);
        span.SetTag("gen_ai.response.model", model);
        span.SetTag("gen_ai.response.finish_reasons", finishReason?.ToString());
        span.SetTag("gen_ai.usage.input_tokens", usage.InputTokenCount);
        span.SetTag("gen_ai.usage.output_tokens", usage.OutputTokenCount);
    }

    private static string RoleOf(ChatMessage message) => message switch
    {
        SystemChatMessage => "system",
        AssistantChatMessage => "assistant",
        _ => "user",
    };
}
