using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients.Clients;

/// <summary>
/// The protocol methods of the OpenAI library: they take the request's body and return the raw response. The convenience methods of the
/// same clients end in them, and an application can call them directly.
/// </summary>
internal static class OpenAIProtocol
{
    /// <summary>The field of <c>AsyncStreamingResult</c> that holds the body with its events.</summary>
    public const string StreamedBodyField = "_contentStream";

    public static readonly ModelOperation Operation = new()
    {
        RequiredParameter = "content",
        BodyParameter = "content",
        ReplayableBodyTypes = ["BinaryDataBinaryContent", "ModelBinaryContent`1"],
        StreamedBody = new("GetRawResponse()"),
        RequestedModel = new("content.model"),
        Response = new("GetRawResponse().Body()"),
        IsResponseJson = true,
        ServedModel = new("model"),
        Usage = new("usage"),
        PromptTokens = new("prompt_tokens", "input_tokens"),
        CompletionTokens = new("completion_tokens", "output_tokens"),
        Tokens = new("total_tokens"),
        UsageMetadata =
        [
            ("cachedTokens", new("prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens")),
            ("inputAudioTokens", new("prompt_tokens_details.audio_tokens", "input_tokens_details.audio_tokens")),
            ("reasoningTokens", new("completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens")),
            ("outputAudioTokens", new("completion_tokens_details.audio_tokens", "output_tokens_details.audio_tokens")),
        ],
        Metadata =
        [
            ("responseId", new("id")),
            ("servedModel", new("model")),
            ("finishReason", new("choices.0.finish_reason", "status")),
        ],
        Error = new("error"),
        ErrorFields = [("message", new("message")), ("code", new("code"))],
        RawResponse = new("GetRawResponse().Body()"),
    };

    /// <summary>Parameters that have the same name in the request's body.</summary>
    public static (string Name, ValuePath Path)[] BodyFields(params string[] names) =>
        [.. names.Select(static name => (name, new ValuePath($"content.{name}")))];
}
