namespace Openlayer.Interception.Capture;

/// <summary>A snapshot of a long text, redacted on first use, which is seldom on the caller's thread. Thread-safe.</summary>
/// <param name="text">The text, or its start.</param>
/// <param name="redact">Redacts the text and cuts it to the limits.</param>
internal sealed class CapturedText(string text, Func<string, string> redact)
{
    // Replaced by the redacted text, so that the original is not kept.
    private string _text = text;
    private Func<string, string>? _redact = redact;

    public int EstimatedLength { get; } = text.Length;

    public string Value
    {
        get
        {
            // The order matters: the function is removed only after the text is replaced.
            var redact = Volatile.Read(ref _redact);
            var text = Volatile.Read(ref _text);
            if (redact is null)
            {
                return text;
            }

            var redacted = redact(text);
            Volatile.Write(ref _text, redacted);
            Volatile.Write(ref _redact, null);
            return redacted;
        }
    }

    public override string ToString() => Value;
}
