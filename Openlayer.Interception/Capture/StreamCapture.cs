namespace Openlayer.Interception.Capture;

internal sealed class StreamCapture<T>(ValueCapture capture, CaptureOptions options)
{
    private readonly List<object?> _items = [];

    public long Count => _items.Count;

    public void Add(T item) => _items.Add(options is null ? null : capture.Capture(item));

    public object? ToCaptured() => typeof(T) == typeof(string) ? string.Concat(_items) : _items.ToArray();
}
