namespace Openlayer.Interception;

/// <summary>The type of a step. The names are those of Openlayer's step types; on the wire they are in snake case: <c>chat_completion</c>.</summary>
public enum StepType
{
    /// <summary>A call of the application's own code. The default.</summary>
    UserCall,

    /// <summary>A request to a chat model. See <see cref="ChatCompletionStep"/>.</summary>
    ChatCompletion,

    /// <summary>A request to an embedding model. See <see cref="EmbeddingStep"/>.</summary>
    Embedding,

    /// <summary>A turn of an agent. See <see cref="AgentStep"/>.</summary>
    Agent,

    /// <summary>A retrieval of documents. See <see cref="RetrieverStep"/>.</summary>
    Retriever,

    /// <summary>A call of a tool on behalf of a model. See <see cref="ToolStep"/>.</summary>
    Tool,

    /// <summary>A transfer of work from one component to another. See <see cref="HandoffStep"/>.</summary>
    Handoff,

    /// <summary>A check of inputs or outputs. See <see cref="GuardrailStep"/>.</summary>
    Guardrail,
}
