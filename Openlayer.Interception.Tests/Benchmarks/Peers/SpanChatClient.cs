using System.ClientModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpenAI.Chat;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>
/// A hand-written decorator of the OpenAI library's client, with a span that has what this library records of a request: messages, parameters,
/// answer, usage and the response as it was received. As this library, it records refusals and tool calls, which a request can have at any time.
/// </summary>
internal sealed class SpanChatClient(ChatClient inner)
{
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public async Task<ClientResult<ChatCompletion>> CompleteChatAsync(IEnumerable<ChatMessage> messages, ChatCompletionOptions options)
    {
        using var span = Start(messages, options);
        var result = await inner.CompleteChatAsync(messages, options).ConfigureAwait(false);
        if (span is not null)
        {
            var completion = result.Value;
            var answer = new StringBuilder();
            foreach (var part in completion.Content)
            {
                answer.Append(part.Text);
            }

            ToolCall[]? calls = completion.ToolCalls.Count == 0
                ? null
                : [.. completion.ToolCalls.Select(static call => new ToolCall { Id = call.Id, Name = call.FunctionName, Arguments = call.FunctionArguments.ToString() })];
            Describe(span, answer.ToString(), completion.Refusal, calls);
            Describe(span, completion.Id, completion.Model, completion.SystemFingerprint, completion.FinishReason, completion.Usage);
            span.SetTag("response", result.GetRawResponse().Content.ToString());
        }

        return result;
    }

    public async IAsyncEnumerable<StreamingChatCompletionUpdate> CompleteChatStreamingAsync(
        IEnumerable<ChatMessage> messages, ChatCompletionOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var span = Start(messages, options);
        var answer = new StringBuilder();
        StringBuilder? refusal = null;
        List<ToolCall>? calls = null;
        string? id = null;
        string? model = null;
        string? fingerprint = null;
        ChatFinishReason? finishReason = null;
        ChatTokenUsage? usage = null;
        await foreach (var update in inner.CompleteChatStreamingAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            foreach (var part in update.ContentUpdate)
            {
                answer.Append(part.Text);
            }

            foreach (var fragment in update.ToolCallUpdates)
            {
                Append(calls ??= [], fragment);
            }

            if (update.RefusalUpdate is { } refused)
            {
                (refusal ??= new()).Append(refused);
            }

            id = update.CompletionId ?? id;
            model = update.Model ?? model;
            fingerprint = update.SystemFingerprint ?? fingerprint;
            finishReason = update.FinishReason ?? finishReason;
            usage = update.Usage ?? usage;
            yield return update;
        }

        if (span is not null)
        {
            Describe(span, answer.ToString(), refusal?.ToString(), calls);
            Describe(span, id, model, fingerprint, finishReason, usage);
        }
    }

    private static Activity? Start(IEnumerable<ChatMessage> messages, ChatCompletionOptions options)
    {
        var span = Spans.Source.StartActivity("chat gpt-4o-mini");
        span?.SetTag("gen_ai.operation.name", "chat");
        span?.SetTag("gen_ai.request.temperature", options.Temperature);
        span?.SetTag("gen_ai.request.max_tokens", options.MaxOutputTokenCount);
        span?.SetTag("gen_ai.request.top_p", options.TopP);
        span?.SetTag("gen_ai.request.frequency_penalty", options.FrequencyPenalty);
        span?.SetTag("gen_ai.request.presence_penalty", options.PresencePenalty);
        span?.SetTag("gen_ai.input.messages", JsonSerializer.Serialize(messages.Select(static message => new { role = RoleOf(message), content = message.Content[0].Text })));
        return span;
    }

    private static void Append(List<ToolCall> calls, StreamingChatToolCallUpdate fragment)
    {
        var call = calls.Find(known => known.Index == fragment.Index);
        if (call is null)
        {
            calls.Add(call = new ToolCall { Index = fragment.Index });
        }

        call.Id = fragment.ToolCallId ?? call.Id;
        call.Name = fragment.FunctionName ?? call.Name;
        call.Arguments += fragment.FunctionArgumentsUpdate?.ToString();
    }

    private static void Describe(Activity span, string content, string? refusal, IEnumerable<ToolCall>? calls) =>
        span.SetTag("gen_ai.output.messages", JsonSerializer.Serialize(new[] { new { role = "assistant", content, refusal, calls } }, WithoutNulls));

    private static void Describe(Activity span, string? id, string? model, string? fingerprint, ChatFinishReason? finishReason, ChatTokenUsage? usage)
    {
        span.SetTag("gen_ai.response.id", id);
        span.SetTag("gen_ai.response.model", model);
        span.SetTag("openai.response.system_fingerprint", fingerprint);
        span.SetTag("gen_ai.response.finish_reasons", finishReason?.ToString());
        span.SetTag("gen_ai.usage.input_tokens", usage?.InputTokenCount);
        span.SetTag("gen_ai.usage.output_tokens", usage?.OutputTokenCount);
        span.SetTag("gen_ai.usage.total_tokens", usage?.TotalTokenCount);
        span.SetTag("gen_ai.usage.cached_tokens", usage?.InputTokenDetails?.CachedTokenCount);
        span.SetTag("gen_ai.usage.reasoning_tokens", usage?.OutputTokenDetails?.ReasoningTokenCount);
    }

    private static string RoleOf(ChatMessage message) => message switch
    {
        SystemChatMessage => "system",
        AssistantChatMessage => "assistant",
        _ => "user",
    };

    private sealed class ToolCall
    {
        [JsonIgnore]
        public int Index { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public string? Arguments { get; set; }
    }
}
