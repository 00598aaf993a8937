namespace Openlayer.Interception;

/// <summary>What a step is. The names are those of Openlayer's step types; on the wire they are written in snake case, <c>chat_completion</c>.</summary>
public enum StepType
{
    /// <summary>A call of the application's own code.</summary>
    UserCall,

    /// <summary>A request to a chat model. See <see cref="ChatCompletionStep"/>.</summary>
    ChatCompletion,

    /// <summary>A request to an embedding model. See <see cref="EmbeddingStep"/>.</summary>
    Embedding,

    /// <summary>An agent's turn. See <see cref="AgentStep"/>.</summary>
    Agent,

    /// <summary>A look-up of documents. See <see cref="RetrieverStep"/>.</summary>
    Retriever,

    /// <summary>A tool called for a model. See <see cref="ToolStep"/>.</summary>
    Tool,

    /// <summary>Work handed from one component to another. See <see cref="HandoffStep"/>.</summary>
    Handoff,

    /// <summary>A check of what goes in or comes out. See <see cref="GuardrailStep"/>.</summary>
    Guardrail,
}
