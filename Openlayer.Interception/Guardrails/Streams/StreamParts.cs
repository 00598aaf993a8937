namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>
/// Cuts a stream into the parts that a guardrail checks, and releases the items of the parts that were checked. Items of parts that are
/// allowed are released as they came. Used by one thread at a time.
/// </summary>
internal abstract class StreamParts<T>
{
    /// <summary>The items that can be passed on.</summary>
    public Queue<T> Released { get; } = new();

    /// <summary>What a part is.</summary>
    public abstract GuardrailStreaming Part { get; }

    /// <summary>The type of the values that can take the place of a part.</summary>
    public abstract Type PartType { get; }

    /// <param name="streaming">In which parts a guardrail checks. Items that are no texts have no sentences.</param>
    public static StreamParts<T> Create(GuardrailStreaming streaming) => streaming switch
    {
        GuardrailStreaming.Item => new ItemParts<T>(),
        GuardrailStreaming.Sentence when typeof(T) == typeof(string) => (StreamParts<T>)(object)new SentenceParts(),
        _ => new WholeParts<T>(),
    };

    /// <summary>Whether there are items that are not released.</summary>
    public abstract bool HoldsItems { get; }

    /// <summary>Adds the next item of the stream.</summary>
    public abstract void Add(T item);

    /// <summary>The stream has no more items.</summary>
    public abstract void Complete();

    /// <summary>Returns the next complete part. It is then allowed or replaced, before the next one is taken.</summary>
    public abstract bool TryTake(out object? part);

    /// <summary>Releases the items of the part.</summary>
    public abstract void Allow();

    /// <summary>Releases another value in place of the items of the part.</summary>
    public abstract void Replace(object? value);
}
