namespace Openlayer.Interception.ModelClients;

/// <summary>What a part of a message's content is.</summary>
internal enum ContentKind
{
    /// <summary>Text: the part's first field.</summary>
    Text,

    /// <summary>The model's reasoning, which does not belong to its answer.</summary>
    Reasoning,

    /// <summary>A tool call the model requests. In a stream it can be complete, or the first part of one.</summary>
    ToolCall,

    /// <summary>A fragment of a tool call, whose arguments continue those received so far.</summary>
    ToolCallFragment,

    /// <summary>A call of a tool that the provider runs itself. It is not part of the answer.</summary>
    ServerToolCall,

    /// <summary>A tool's result.</summary>
    ToolResult,

    /// <summary>Content that consists of further content parts: the part's first field.</summary>
    Group,

    /// <summary>An image, audio or a file, recorded by reference and size.</summary>
    Media,

    /// <summary>A piece of streamed audio, and of its transcript.</summary>
    AudioFragment,

    /// <summary>The model's refusal: the part's first field.</summary>
    Refusal,

    /// <summary>An error the model reported.</summary>
    Error,

    /// <summary>Content of a class that is not known, recorded by the name of the class.</summary>
    Unknown,

    /// <summary>Token counts that a stream sends among its content.</summary>
    Usage,
}
