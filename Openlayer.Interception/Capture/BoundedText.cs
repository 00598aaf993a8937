using System.Text;

namespace Openlayer.Interception.Capture;

/// <summary>A text that grows up to a limit. The characters beyond it are only counted. Not thread-safe.</summary>
/// <param name="maxLength">The maximum number of characters that are kept.</param>
internal sealed class BoundedText(int maxLength)
{
    private const int InitialCapacity = 256;

    // A text that comes in one piece is kept as it is, and one that was read as it was read.
    private string _only = "";
    private StringBuilder? _pieces;
    private long _missing;

    /// <summary>The number of characters received.</summary>
    public long Length => KeptLength + _missing;

    private int KeptLength => _pieces?.Length ?? _only.Length;

    public void Append(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return;
        }

        var kept = Math.Min(text.Length, maxLength - KeptLength);
        if (KeptLength == 0 && kept == text.Length)
        {
            _only = text;
        }
        else
        {
            _pieces ??= new StringBuilder(_only, InitialCapacity);
            _pieces.Append(text, 0, kept);
            _missing += text.Length - kept;
        }
    }

    /// <summary>The value to record: a string, or this object if some of the text is missing.</summary>
    public object ToValue() => _missing == 0 ? ToString() : this;

    /// <summary>Writes the text, with a placeholder for what is missing.</summary>
    public void WriteTo(SnapshotWriter writer)
    {
        // The last character may be half of a surrogate pair whose other half is missing.
        var text = ToString();
        var isHalf = _missing > 0 && text.Length > 0 && char.IsHighSurrogate(text[^1]);
        writer.WriteText(text.AsSpan(0, isHalf ? text.Length - 1 : text.Length), isHalf ? _missing + 1 : _missing);
    }

    /// <summary>The text that was kept.</summary>
    public override string ToString()
    {
        if (_pieces is not null)
        {
            _only = _pieces.ToString();
            _pieces = null;
        }

        return _only;
    }
}
