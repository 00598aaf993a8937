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

    /// <summary>A tool's result.</summary>
    ToolResult,

    /// <summary>An image, audio or a file, recorded by reference and size.</summary>
    Media,

    /// <summary>The model's refusal: the part's first field.</summary>
    Refusal,

    /// <summary>An error the model reported.</summary>
    Error,

    /// <summary>Token counts that a stream sends among its content.</summary>
    Usage,
}
