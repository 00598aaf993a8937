using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// One kind of request to a model: the method that makes it, and where to find the values that a step records. It is an entry in a table
/// and has no code specific to a provider. Values whose path is not set are not recorded.
/// </summary>
internal sealed record ModelOperation
{
    /// <summary>The method's name. Null matches every method of the client.</summary>
    public string? Method { get; init; }

    /// <summary>A parameter that the method must have, to tell overloads apart. Null matches all overloads.</summary>
    public string? RequiredParameter { get; init; }

    /// <summary>The step's name, for steps that are not named after the provider.</summary>
    public string? StepName { get; init; }

    /// <summary>What this API calls its response, for the step's name. Null for what the provider calls it.</summary>
    public string? ResponseNoun { get; init; }

    public StepType StepType { get; init; } = StepType.ChatCompletion;

    // The request: paths from the arguments.

    /// <summary>The parameter that takes the request as the JSON body that is sent. Null if the arguments are typed.</summary>
    public string? BodyParameter { get; init; }

    /// <summary>The classes of bodies that can be written more than once, and so can be read before they are sent.</summary>
    public string[] ReplayableBodyTypes { get; init; } = [];

    /// <summary>Whether other overloads of the client end in this method, and record everything it would record, and more.</summary>
    public bool DefersToOuterOverload { get; init; }

    /// <summary>The messages, or the text, that is sent.</summary>
    public ValuePath Prompt { get; init; } = ValuePath.None;

    /// <summary>Further content of a prompt that is a text: text, one part, or lists of parts. The values of all paths count, in order.</summary>
    public ValuePath[] PromptParts { get; init; } = [];

    /// <summary>Media of a prompt that is a text, or only media, as arguments of their own.</summary>
    public MediaArgument[] PromptMedia { get; init; } = [];

    /// <summary>The system instructions that are not among the messages.</summary>
    public ValuePath Instructions { get; init; } = ValuePath.None;

    /// <summary>The model the request asks for.</summary>
    public ValuePath RequestedModel { get; init; } = ValuePath.None;

    /// <summary>The request's parameters, by their names on the wire.</summary>
    public (string Name, ValuePath Path)[] Parameters { get; init; } = [];

    /// <summary>The format the answer must have. If it is set, an answer that is JSON is recorded as JSON.</summary>
    public ValuePath ResponseFormat { get; init; } = ValuePath.None;

    /// <summary>The tools the model can call.</summary>
    public ValuePath Tools { get; init; } = ValuePath.None;

    /// <summary>The classes among the tools that are in-memory sequences of tools.</summary>
    public string[] ToolSets { get; init; } = [];

    /// <summary>How a request selects from the tools. Null offers all of them.</summary>
    public ToolSelection? ToolSelection { get; init; }

    /// <summary>The recorded fields of a tool; from the tool.</summary>
    public (string Name, ValuePath Path)[] ToolFields { get; init; } =
    [
        ("name", new("Name")),
        ("description", new("Description")),
        ("parameters", new("JsonSchema")),
    ];

    // Messages, in requests and responses: paths from the message.

    /// <summary>A message's role.</summary>
    public ValuePath Role { get; init; } = ValuePath.None;

    /// <summary>The roles of messages whose class determines the role.</summary>
    public (string TypeName, string Role)[] RolesByTypeName { get; init; } = [];

    /// <summary>Further recorded fields of a request's messages.</summary>
    public (string Name, ValuePath Path)[] MessageFields { get; init; } = [];

    /// <summary>
    /// The content of a message, a response or an item of a streamed response: text, one part, or a list of parts. The values of all paths
    /// count, in order.
    /// </summary>
    public ValuePath[] Content { get; init; } = [];

    /// <summary>The answer, where it is a value and no content; from the metadata source.</summary>
    public ValuePath Output { get; init; } = ValuePath.None;

    /// <summary>Images and the like that a message holds beside its content, each as base64.</summary>
    public ValuePath Base64Media { get; init; } = ValuePath.None;

    /// <summary>The value that a content part wraps; from the part. Null if the part is not a wrapper.</summary>
    public ValuePath WrappedValue { get; init; } = ValuePath.None;

    /// <summary>The known classes of content parts. The first match counts.</summary>
    public ContentMapping[] ContentMappings { get; init; } = [];

    // The response: paths from the result, or from an item of a streamed one.

    /// <summary>
    /// Whether the result is not read. Either another operation, which this one calls, has the response, or only the caller can read it.
    /// </summary>
    public bool IsResultOpaque { get; init; }

    /// <summary>
    /// The private field, or automatic property, of the result that holds its stream, or the body with its events, where the result is a stream whose class cannot be
    /// replaced. Null if it can.
    /// </summary>
    public string? StreamField { get; init; }

    /// <summary>The names of the messages in a stream that contains several responses. Null if a stream is one response.</summary>
    public SessionMessages? Session { get; init; }

    /// <summary>The parameter that takes the function which produces the response's items, where the result cannot be observed.</summary>
    public string? StreamFactory { get; init; }

    /// <summary>The object that holds the response's body while the body has not been read.</summary>
    public ValuePath StreamedBody { get; init; } = ValuePath.None;

    /// <summary>The response, or item, in what the method returns. Null if the method returns it directly.</summary>
    public ValuePath Response { get; init; } = ValuePath.None;

    /// <summary>Whether the response is JSON text.</summary>
    public bool IsResponseJson { get; init; }

    /// <summary>The messages of a response that has several.</summary>
    public ValuePath ResponseMessages { get; init; } = ValuePath.None;

    /// <summary>Whether each of these messages is a choice, for requests that ask for several.</summary>
    public bool MessagesAreChoices { get; init; }

    /// <summary>The index of the choice that an item of a streamed response belongs to.</summary>
    public ValuePath ChoiceIndex { get; init; } = ValuePath.None;

    /// <summary>
    /// The index of the tool call that a fragment belongs to; from the part, else from its message or item. Without one it belongs to the
    /// last tool call.
    /// </summary>
    public ValuePath ToolCallIndex { get; init; } = ValuePath.None;

    /// <summary>
    /// The number of the request that a tool call of a stream belongs to, where the client makes several requests; from the part.
    /// </summary>
    public ValuePath ToolCallRound { get; init; } = ValuePath.None;

    /// <summary>The object with usage, model, error and metadata. Null if the response or item has them itself.</summary>
    public ValuePath MetadataSource { get; init; } = ValuePath.None;

    /// <summary>The model that answered; from the metadata source.</summary>
    public ValuePath ServedModel { get; init; } = ValuePath.None;

    /// <summary>Further metadata of the step; from the metadata source.</summary>
    public (string Name, ValuePath Path)[] Metadata { get; init; } = [];

    /// <summary>Further metadata of the step; from the client.</summary>
    public (string Name, ValuePath Path)[] ClientMetadata { get; init; } = [];

    /// <summary>The usage; from the metadata source. A stream can also send it as content.</summary>
    public ValuePath Usage { get; init; } = ValuePath.None;

    /// <summary>The error that a response reports; from the metadata source.</summary>
    public ValuePath Error { get; init; } = ValuePath.None;

    /// <summary>The recorded fields of an error; from the error.</summary>
    public (string Name, ValuePath Path)[] ErrorFields { get; init; } = [];

    /// <summary>Whether the counts of a stream's items add up. If not, a later count replaces an earlier one.</summary>
    public bool UsageAccumulates { get; init; }

    /// <summary>From the usage.</summary>
    public ValuePath PromptTokens { get; init; } = ValuePath.None;

    /// <summary>From the usage.</summary>
    public ValuePath CompletionTokens { get; init; } = ValuePath.None;

    /// <summary>From the usage. Without it, the sum of prompt and completion tokens.</summary>
    public ValuePath Tokens { get; init; } = ValuePath.None;

    /// <summary>Further metadata of the step; from the usage. Those that <see cref="UsageCounts"/> names are priced.</summary>
    public (string Name, ValuePath Path)[] UsageMetadata { get; init; } = [];

    /// <summary>Whether the prompt tokens are those that were neither read from a cache nor written to it.</summary>
    public bool PromptTokensExcludeCache { get; init; }

    /// <summary>Whether the completion tokens are those of the answer, without those of reasoning.</summary>
    public bool CompletionTokensExcludeReasoning { get; init; }

    /// <summary>The documents of a retrieval, or one document; from the response, or from an item of a streamed one.</summary>
    public ValuePath Documents { get; init; } = ValuePath.None;

    /// <summary>The recorded fields of a document; from the document.</summary>
    public (string Name, ValuePath Path)[] DocumentFields { get; init; } = [];

    /// <summary>
    /// The start of the names, in a document that is JSON, of the values that the search adds to it, such as its score. They are recorded beside
    /// the document, without this start. Null if there are none.
    /// </summary>
    public string? DocumentAnnotations { get; init; }

    /// <summary>The number of vectors of an embedding. Without it, 1.</summary>
    public ValuePath EmbeddingCount { get; init; } = ValuePath.None;

    /// <summary>The number of dimensions of a vector, or the vector as base64 of its 32-bit numbers.</summary>
    public ValuePath EmbeddingDimensions { get; init; } = ValuePath.None;

    /// <summary>The raw response, an object or JSON; from what the method returns. Null if that is the raw response itself.</summary>
    public ValuePath RawResponse { get; init; } = ValuePath.None;
}
