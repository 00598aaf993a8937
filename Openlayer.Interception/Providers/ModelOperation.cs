namespace Openlayer.Interception.Providers;

/// <summary>
/// One kind of request to a model: which method makes it, and where the things that a step records are found. An entry of a table:
/// it holds no code of a provider.
/// </summary>
internal sealed record ModelOperation
{
    /// <summary>The method's name. Null for every method of the client.</summary>
    public string? Method { get; init; }

    public required StepType StepType { get; init; }

    /// <summary>The messages, or the text, that is sent; from the arguments.</summary>
    public required ValuePath Prompt { get; init; }

    /// <summary>What is said to the model before the messages; from the arguments.</summary>
    public required ValuePath Instructions { get; init; }

    /// <summary>The model that is asked for; from the arguments.</summary>
    public required ValuePath RequestedModel { get; init; }

    /// <summary>The request's parameters, named as on the wire; from the arguments.</summary>
    public required (string Name, ValuePath Path)[] Parameters { get; init; }

    /// <summary>The tools that the model may call; from the arguments.</summary>
    public required ValuePath Tools { get; init; }

    /// <summary>A message's role; from the message.</summary>
    public required ValuePath Role { get; init; }

    /// <summary>A message's content: text or a list; from the message, the response, or an item of a streamed response.</summary>
    public required ValuePath Content { get; init; }

    /// <summary>The messages of a response, where it has several; from the response.</summary>
    public required ValuePath ResponseMessages { get; init; }

    /// <summary>The model that answered; from the response.</summary>
    public required ValuePath ServedModel { get; init; }

    /// <summary>What was used; from the response. Items of a streamed response may also hold it as content.</summary>
    public required ValuePath Usage { get; init; }

    /// <summary>From the usage.</summary>
    public required ValuePath PromptTokens { get; init; }

    /// <summary>From the usage.</summary>
    public required ValuePath CompletionTokens { get; init; }

    /// <summary>From the usage. Where it is not found, the sum of the two.</summary>
    public required ValuePath Tokens { get; init; }

    /// <summary>What else is recorded of the usage, by the names of the metadata.</summary>
    public required (string Name, ValuePath Path)[] UsageMetadata { get; init; }

    /// <summary>What else is recorded of a response, by the names of the metadata.</summary>
    public required (string Name, ValuePath Path)[] Metadata { get; init; }

    /// <summary>The kinds of content there are.</summary>
    public required ContentShape[] Contents { get; init; }
}
