using System.Buffers;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// The positions in a text at which a key of a known form may start, in order. Keys are longer than words, so only long runs of the
/// characters of keys are looked at, and few characters of ordinary text.
/// </summary>
/// <param name="text">The text.</param>
/// <param name="isCut">Whether the text's end is missing. A key at its end may then be shorter.</param>
internal ref struct KeyCandidates(ReadOnlySpan<char> text, bool isCut)
{
    // xoxb-1234567890
    private const int MinRun = 15;

    private static readonly SearchValues<char> RunCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_.~+/");

    private readonly ReadOnlySpan<char> _text = text;
    private readonly bool _isCut = isCut;

    // Where the search for the next run starts: at the start of the text, or after a character that is not part of a run.
    private int _next;
    private int _runStart;
    private int _runEnd;
    private int _index;

    public int Current { get; private set; }

    public bool MoveNext()
    {
        do
        {
            for (; _index + 1 < _runEnd; _index++)
            {
                if ((KeyForms.CanStartWith(_text[_index], _text[_index + 1]) && (_index == _runStart || !KeyForms.Word.Contains(_text[_index - 1]) || _text[_index + 1] == '~'))
                    || (_runEnd - _index >= KeyForms.MinMarkedLength && (_index == _runStart || _text[_index - 1] == '/')))
                {
                    Current = _index++;
                    return true;
                }
            }
        }
        while (FindRun());

        return false;
    }

    private bool FindRun()
    {
        while (_next + MinRun <= _text.Length)
        {
            // The last character of the shortest run that could start here.
            var end = _next + MinRun - 1;
            if (!RunCharacters.Contains(_text[end]))
            {
                _next = end + 1;
                continue;
            }

            var start = end;
            while (start > _next && RunCharacters.Contains(_text[start - 1]))
            {
                start--;
            }

            end++;
            while (end < _text.Length && RunCharacters.Contains(_text[end]))
            {
                end++;
            }

            _next = end + 1;
            if (end - start >= MinRun)
            {
                SetRun(start, end);
                return true;
            }
        }

        return _isCut && FindLastRun();
    }

    private bool FindLastRun()
    {
        if (_runEnd == _text.Length)
        {
            return false;
        }

        var start = _text.Length;
        while (start > 0 && RunCharacters.Contains(_text[start - 1]))
        {
            start--;
        }

        SetRun(start, _text.Length);
        return true;
    }

    // The letters of an escape such as "\n", "\u0022" or "%20" are not part of a key.
    private void SetRun(int start, int end)
    {
        var before = start > 0 && start < end ? _text[start - 1] : ' ';
        start += before switch
        {
            '\\' when _text[start] is 'n' or 'r' or 't' => 1,
            '\\' when _text[start] == 'u' => 5,
            '%' => 2,
            _ => 0,
        };
        while (start < end && _text[start] == '_')
        {
            start++;
        }

        _runStart = Math.Min(start, end);
        _runEnd = end;
        _index = _runStart;
    }
}
