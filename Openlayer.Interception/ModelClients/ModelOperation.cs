using Openlayer.Interception.ModelClients.Paths;

namespace Openlayer.Interception.ModelClients;

/// <summary>
/// One kind of request to a model: which method makes it, and where the things that a step records are found. An entry of a table:
/// it holds no code of a provider. What is not set is not there to be found.
/// </summary>
internal sealed record ModelOperation
{
    /// <summary>The method's name. Null for every method of the client.</summary>
    public string? Method { get; init; }

    /// <summary>A parameter that tells the method from others of its name. Null for any.</summary>
    public string? RequiredParameter { get; init; }

    /// <summary>The step's name, where it is not named after the provider.</summary>
    public string? StepName { get; init; }

    /// <summary>What the provider calls its response, in the step's name. Null for the usual word.</summary>
    public string? ResponseNoun { get; init; }

    public StepType StepType { get; init; } = StepType.ChatCompletion;

    /// <summary>The parameter that holds the function which gives the response's items, where the result cannot be observed. Null for none.</summary>
    public string? StreamFactory { get; init; }

    /// <summary>Whether what the method returns is not read: the response is by another operation, which this one leads to, or not at all.</summary>
    public bool IsResultOpaque { get; init; }

    /// <summary>The parameter that is the request as it is sent, and is read as the JSON that it writes. Null where there is none.</summary>
    public string? BodyParameter { get; init; }

    /// <summary>Whether the client's overloads that lead to this one say and are told all that is to be read here, and more.</summary>
    public bool DefersToOuterOverload { get; init; }

    /// <summary>The names of the classes of such bodies that can be written before they are sent.</summary>
    public string[] ReplayableBodyTypes { get; init; } = [];

    /// <summary>What holds a response's body where that has yet to be read; from what the method returns.</summary>
    public ValuePath StreamedBody { get; init; } = ValuePath.None;

    /// <summary>The messages, or the text, that is sent; from the arguments.</summary>
    public ValuePath Prompt { get; init; } = ValuePath.None;

    /// <summary>What is said to the model before the messages; from the arguments.</summary>
    public ValuePath Instructions { get; init; } = ValuePath.None;

    /// <summary>The model that is asked for; from the arguments.</summary>
    public ValuePath RequestedModel { get; init; } = ValuePath.None;

    /// <summary>The request's parameters, named as on the wire; from the arguments.</summary>
    public (string Name, ValuePath Path)[] Parameters { get; init; } = [];

    /// <summary>The shape that the answer is to have; from the arguments. Where there is one, an answer that is JSON is recorded as JSON.</summary>
    public ValuePath ResponseFormat { get; init; } = ValuePath.None;

    /// <summary>The tools that the model may call; from the arguments.</summary>
    public ValuePath Tools { get; init; } = ValuePath.None;

    /// <summary>The names of classes among the tools that hold several in memory, though they are no collections.</summary>
    public string[] ToolSets { get; init; } = [];

    /// <summary>What says whether and which of the tools are offered to the model. Null where all are.</summary>
    public ToolSelection? ToolSelection { get; init; }

    /// <summary>What is recorded of a tool; from the tool.</summary>
    public (string Name, ValuePath Path)[] ToolFields { get; init; } =
    [
        ("name", new("Name")),
        ("description", new("Description")),
        ("parameters", new("JsonSchema")),
    ];

    /// <summary>A message's role; from the message.</summary>
    public ValuePath Role { get; init; } = ValuePath.None;

    /// <summary>A message's role by the name of its class, where that says it.</summary>
    public (string TypeName, string Role)[] RolesByTypeName { get; init; } = [];

    /// <summary>What else is recorded of a message that is sent, by name; from the message.</summary>
    public (string Name, ValuePath Path)[] MessageFields { get; init; } = [];

    /// <summary>What a message, a response or an item of a streamed response consists of: text, a list, one piece; all of them, in order.</summary>
    public ValuePath[] Content { get; init; } = [];

    /// <summary>Pictures and the like that a message holds besides, each as base64; from the message.</summary>
    public ValuePath Base64Media { get; init; } = ValuePath.None;

    /// <summary>What a piece of content wraps; from the piece. Where there is nothing the piece speaks for itself.</summary>
    public ValuePath WrappedValue { get; init; } = ValuePath.None;

    /// <summary>The kinds of content there are.</summary>
    public ContentMapping[] ContentMappings { get; init; } = [];

    /// <summary>
    /// The response in what the method returns, or the item in what its stream consists of. Where there is nothing it is that itself.
    /// </summary>
    public ValuePath Response { get; init; } = ValuePath.None;

    /// <summary>Whether the response is text that is JSON.</summary>
    public bool IsResponseJson { get; init; }

    /// <summary>The messages of a response, where it has several; from the response.</summary>
    public ValuePath ResponseMessages { get; init; } = ValuePath.None;

    /// <summary>Whether each of these messages is an answer of its own, of which several were asked for.</summary>
    public bool MessagesAreChoices { get; init; }

    /// <summary>Which of several answers an item of a streamed response belongs to, a number; from the item.</summary>
    public ValuePath ChoiceIndex { get; init; } = ValuePath.None;

    /// <summary>Which tool call a piece of one belongs to, a number; from the piece, else from the item it came in. Else it is the last.</summary>
    public ValuePath ToolCallIndex { get; init; } = ValuePath.None;

    /// <summary>What usage, model and metadata are found in; from the response or item. Where there is nothing it is that itself.</summary>
    public ValuePath MetadataSource { get; init; } = ValuePath.None;

    /// <summary>The model that answered.</summary>
    public ValuePath ServedModel { get; init; } = ValuePath.None;

    /// <summary>What was used. Items of a streamed response may also hold it as content.</summary>
    public ValuePath Usage { get; init; } = ValuePath.None;

    /// <summary>Whether the figures of a streamed response's items add up; else a later one replaces an earlier one.</summary>
    public bool UsageAccumulates { get; init; }

    /// <summary>From the usage.</summary>
    public ValuePath PromptTokens { get; init; } = ValuePath.None;

    /// <summary>From the usage.</summary>
    public ValuePath CompletionTokens { get; init; } = ValuePath.None;

    /// <summary>From the usage. Where it is not found, the sum of the two.</summary>
    public ValuePath Tokens { get; init; } = ValuePath.None;

    /// <summary>What else is recorded of the usage, by the names of the metadata.</summary>
    public (string Name, ValuePath Path)[] UsageMetadata { get; init; } = [];

    /// <summary>What else is recorded of a response, by the names of the metadata.</summary>
    public (string Name, ValuePath Path)[] Metadata { get; init; } = [];

    /// <summary>How many vectors an embedding has; from the response. Where it is not found, one.</summary>
    public ValuePath EmbeddingCount { get; init; } = ValuePath.None;

    /// <summary>How many numbers a vector has; from the response.</summary>
    public ValuePath EmbeddingDimensions { get; init; } = ValuePath.None;

    /// <summary>The raw response, an object or JSON; from what the method returns. Where there is nothing it is that itself.</summary>
    public ValuePath RawResponse { get; init; } = ValuePath.None;
}
