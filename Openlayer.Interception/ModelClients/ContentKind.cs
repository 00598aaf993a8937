namespace Openlayer.Interception.ModelClients;

/// <summary>What a piece of a message's content is.</summary>
internal enum ContentKind
{
    /// <summary>Text; its first field.</summary>
    Text,

    /// <summary>A model's thinking, which is not part of its answer.</summary>
    Reasoning,

    /// <summary>A model's wish to have a function called; of a stream the whole of it, or its beginning.</summary>
    ToolCall,

    /// <summary>A piece of a tool call: the arguments' text goes on.</summary>
    ToolCallFragment,

    /// <summary>What the function gave.</summary>
    ToolResult,

    /// <summary>An image, sound or file, by reference and size.</summary>
    Media,

    /// <summary>A model's refusal to answer; its first field.</summary>
    Refusal,

    /// <summary>An error that the model reported.</summary>
    Error,

    /// <summary>Token counts, which are no content.</summary>
    Usage,
}
