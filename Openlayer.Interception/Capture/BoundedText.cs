using System.Text;

namespace Openlayer.Interception.Capture;

/// <summary>A text that grows up to a limit. The characters beyond it are only counted. Not thread-safe.</summary>
/// <param name="maxLength">The maximum number of characters that are kept.</param>
internal sealed class BoundedText(int maxLength)
{
    private readonly StringBuilder _text = new();
    private long _missing;

    /// <summary>The number of characters received.</summary>
    public long Length => _text.Length + _missing;

    public void Append(ReadOnlySpan<char> text)
    {
        var kept = Math.Min(text.Length, maxLength - _text.Length);
        _text.Append(text[..kept]);
        _missing += text.Length - kept;
    }

    /// <summary>The value to record: a string, or this object if some of the text is missing.</summary>
    public object ToValue() => _missing == 0 ? ToString() : this;

    /// <summary>Writes the text, with a placeholder for what is missing.</summary>
    public void WriteTo(SnapshotWriter writer)
    {
        // The last character may be half of a surrogate pair whose other half is missing.
        var isHalf = _missing > 0 && _text.Length > 0 && char.IsHighSurrogate(_text[^1]);
        writer.WriteText(_text.ToString(0, isHalf ? _text.Length - 1 : _text.Length), isHalf ? _missing + 1 : _missing);
    }

    /// <summary>The text that was kept.</summary>
    public override string ToString() => _text.ToString();
}
