using System.Text.RegularExpressions;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Capture.Redaction;

/// <summary>
/// Masks the secrets in texts: values under redacted names, values of a known form, and what the application's patterns and function find.
/// Never throws. Thread-safe.
/// </summary>
/// <param name="settings">The application's patterns and function.</param>
/// <param name="names">The redacted names.</param>
/// <param name="suppressor">Suppresses tracing while the application's function runs. Null: nothing is suppressed.</param>
/// <param name="log">Reports exceptions of the application's function. Null: they are not reported.</param>
internal sealed class TextRedactor(CaptureSettings settings, RedactedNames names, ITraceSuppressor? suppressor, InternalLog? log)
{
    // "pin=1"
    private const int MinLength = 5;

    private readonly Regex[] _patterns = settings.RedactedPatterns;

    /// <summary>Whether the application's function needs to know where a text stands.</summary>
    public bool NeedsPath => settings.Redact is not null;

    /// <summary>The text without secrets. Null if it has none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isCut">Whether more text follows that is not recorded. A secret at the end may then be incomplete.</param>
    public string? Redact(ReadOnlySpan<char> text, bool isCut = false)
    {
        var redacted = text.Length >= MinLength && TextScan.IsSuspicious(text, isCut) ? new TextScan(text, names, isCut).Run() : null;
        foreach (var pattern in _patterns)
        {
            if (redacted is null ? pattern.IsMatch(text) : pattern.IsMatch(redacted))
            {
                redacted = pattern.Replace(redacted ?? text.ToString(), ValueCapture.Redacted);
            }
        }

        return redacted;
    }

    /// <summary>The ranges of the secrets in a text, by their form or name. Null if there are none.</summary>
    public List<(int Start, int End, Quote? Quotes)>? Find(ReadOnlySpan<char> text) =>
        text.Length >= MinLength && TextScan.IsSuspicious(text, isCut: false) ? new TextScan(text, names, isCut: false).Find() : null;

    /// <summary>The text without secrets, and as the application's function changes it. Null if it stays as it is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name of the text.</param>
    /// <param name="path">The names from the captured value to the text.</param>
    /// <param name="isCut">Whether more text follows that is not recorded.</param>
    public string? Redact(ReadOnlySpan<char> text, string name, string path, bool isCut)
    {
        var redacted = Redact(text, isCut);
        if (settings.Redact is not { } redact)
        {
            return redacted;
        }

        try
        {
            var known = redacted ?? text.ToString();
            using (suppressor is null ? default : suppressor.Suppress())
            {
                return redact(name, path, known) ?? ValueCapture.Redacted;
            }
        }
        catch (Exception exception)
        {
            log?.Report(CaptureEvents.RedactFailed, exception);
            return ValueCapture.Redacted;
        }
    }
}
