using System.Buffers;
using System.Text;

namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>
/// Each sentence of a stream of texts is a part. An item is released when all sentences that it belongs to are checked. If one of them is
/// replaced, the items around it are cut there.
/// </summary>
internal sealed class SentenceParts : StreamParts<string>
{
    // These end a sentence before white space: a number, an address or a version has none after its points.
    private static readonly SearchValues<char> Ends = SearchValues.Create(".!?…؟۔।");

    // These end a sentence whatever follows: their scripts have no spaces between sentences.
    private static readonly SearchValues<char> FullWidthEnds = SearchValues.Create("。！？｡");

    // These may follow the end.
    private static readonly SearchValues<char> Closings = SearchValues.Create("\"'”’»)]}」』）");

    // The items that are not released, and the text of them that is not checked.
    private readonly Queue<string> _items = new();
    private readonly StringBuilder _text = new();

    // The length of the text of the first items that is checked already.
    private int _checked;

    // How far the text was searched for the end of a sentence.
    private int _searched;
    private int _taken;
    private bool _isComplete;

    public override GuardrailStreaming Part => GuardrailStreaming.Sentence;

    public override Type PartType => typeof(string);

    public override bool HoldsItems => _items.Count > 0;

    public override void Add(string item)
    {
        _items.Enqueue(item);
        _text.Append(item);
        if (_text.Length == 0)
        {
            // Items without text belong to no sentence.
            ReleaseChecked();
        }
    }

    public override void Complete() => _isComplete = true;

    public override bool TryTake(out object? part)
    {
        var end = EndOfSentence();
        if (end == 0)
        {
            part = null;
            return false;
        }

        _taken = end;
        part = _text.ToString(0, end);
        return true;
    }

    public override void Allow()
    {
        _checked += _taken;
        Removed();
        ReleaseChecked();
    }

    public override void Replace(object? value)
    {
        var before = _checked;
        var after = _checked + _taken;

        // The checked text before the sentence, the new sentence, and the rest of the item in which the old one ends.
        var items = string.Concat(_items);
        var rest = RestOfItems(after);
        _items.Clear();
        if (before > 0)
        {
            Released.Enqueue(items[..before]);
        }

        if (value is string { Length: > 0 } text)
        {
            Released.Enqueue(text);
        }

        foreach (var item in rest)
        {
            _items.Enqueue(item);
        }

        _checked = 0;
        Removed();
    }

    private void Removed()
    {
        _text.Remove(0, _taken);
        _searched = 0;
        _taken = 0;
    }

    private void ReleaseChecked()
    {
        while (_items.TryPeek(out var item) && (item?.Length ?? 0) <= _checked)
        {
            _checked -= item?.Length ?? 0;
            Released.Enqueue(_items.Dequeue());
        }
    }

    private List<string> RestOfItems(int position)
    {
        var rest = new List<string>();
        foreach (var item in _items)
        {
            var length = item?.Length ?? 0;
            if (position <= 0)
            {
                rest.Add(item!);
            }
            else if (position < length)
            {
                rest.Add(item![position..]);
            }

            position -= length;
        }

        return rest;
    }

    private static bool IsEnd(char character) => Ends.Contains(character) || FullWidthEnds.Contains(character);

    // The length of the first sentence, with the white space after it. 0 if it is not complete.
    private int EndOfSentence()
    {
        var text = _text.ToString(_searched, _text.Length - _searched);
        for (var index = 0; index < text.Length; index++)
        {
            var isLineBreak = text[index] is '\n' or '\r';
            if (!isLineBreak && !IsEnd(text[index]))
            {
                continue;
            }

            var next = index + 1;
            var mustEnd = isLineBreak || FullWidthEnds.Contains(text[index]);
            while (!isLineBreak && next < text.Length && (IsEnd(text[next]) || Closings.Contains(text[next])))
            {
                mustEnd |= FullWidthEnds.Contains(text[next]);
                next++;
            }

            if (next == text.Length && !_isComplete)
            {
                // What follows decides.
                _searched += index;
                return 0;
            }

            if (mustEnd || (next < text.Length && char.IsWhiteSpace(text[next])))
            {
                while (next < text.Length && char.IsWhiteSpace(text[next]))
                {
                    next++;
                }

                return _searched + next;
            }

            index = next - 1;
        }

        if (_isComplete)
        {
            return _text.Length;
        }

        _searched = _text.Length;
        return 0;
    }
}
