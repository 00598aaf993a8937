namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>Each item is a part.</summary>
internal sealed class ItemParts<T> : StreamParts<T>
{
    private readonly Queue<T> _items = new();

    public override GuardrailStreaming Part => GuardrailStreaming.Item;

    public override Type PartType => typeof(T);

    public override bool HoldsItems => _items.Count > 0;

    public override void Add(T item) => _items.Enqueue(item);

    public override void Complete()
    {
    }

    public override bool TryTake(out object? part)
    {
        var isFound = _items.TryPeek(out var item);
        part = item;
        return isFound;
    }

    public override void Allow() => Released.Enqueue(_items.Dequeue());

    public override void Replace(object? value)
    {
        _items.Dequeue();
        Released.Enqueue((T)value!);
    }
}
