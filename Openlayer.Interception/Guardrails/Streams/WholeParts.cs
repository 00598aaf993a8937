namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>The whole stream is one part: a text, or a list of other items.</summary>
internal sealed class WholeParts<T> : StreamParts<T>
{
    private static readonly bool IsText = typeof(T) == typeof(string);

    private readonly List<T> _items = [];
    private bool _isComplete;

    public override GuardrailStreaming Part => GuardrailStreaming.WholeText;

    public override Type PartType => IsText ? typeof(string) : typeof(IEnumerable<T>);

    public override bool HoldsItems => _items.Count > 0;

    public override void Add(T item) => _items.Add(item);

    public override void Complete() => _isComplete = true;

    public override bool TryTake(out object? part)
    {
        var isFound = _isComplete && _items.Count > 0;
        part = !isFound ? null : IsText ? string.Concat((IEnumerable<string?>)(object)_items) : (T[])[.. _items];
        return isFound;
    }

    public override void Allow() => Release(_items);

    public override void Replace(object? value) => Release(IsText ? [(T)value!] : (IEnumerable<T>)value!);

    private void Release(IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            Released.Enqueue(item);
        }

        _items.Clear();
    }
}
