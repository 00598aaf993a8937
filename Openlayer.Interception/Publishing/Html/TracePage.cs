using System.Buffers;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Publishing.Html;

/// <summary>
/// The text of a page of traces, as UTF-8: a beginning that is the same in every file, then one line per trace. The end tags of a page are
/// optional in HTML, so the page is valid after each line.
/// </summary>
internal static partial class TracePage
{
    private static readonly Lazy<byte[]> LazyBeginning = new(static () => Encoding.UTF8.GetBytes(Compose()));

    /// <summary>The first bytes of every page, of any version.</summary>
    public static ReadOnlySpan<byte> Marker => "<!doctype html>\n<!-- Traces recorded by Openlayer.Interception. -->\n"u8;

    /// <summary>The last bytes of the beginning and of each line.</summary>
    public static ReadOnlySpan<byte> LineEnd => "</script>\n"u8;

    /// <summary>The page without traces.</summary>
    public static ReadOnlyMemory<byte> Beginning => LazyBeginning.Value;

    private static ReadOnlySpan<byte> LineBeginning => "<script type=\"application/json\">"u8;

    /// <summary>
    /// A trace as one line: an element that no browser runs, with the trace's row. A less-than sign, which occurs only in JSON strings, is
    /// escaped, so that no text in the row can end the element.
    /// </summary>
    public static ReadOnlyMemory<byte> LineOf(OpenlayerTrace trace)
    {
        var row = new JsonBuffer();
        new Row(trace).WriteTo(row);

        // A captured value may be indented by the application's JSON settings. Line breaks in JSON occur only between tokens.
        var json = row.Written;
        json.Replace((byte)'\n', (byte)' ');
        json.Replace((byte)'\r', (byte)' ');

        var line = new ArrayBufferWriter<byte>(LineBeginning.Length + json.Length + LineEnd.Length);
        line.Write(LineBeginning);
        for (var next = json.IndexOf((byte)'<'); next >= 0; next = json.IndexOf((byte)'<'))
        {
            line.Write(json[..next]);
            line.Write("\\u003c"u8);
            json = json[(next + 1)..];
        }

        line.Write(json);
        line.Write(LineEnd);
        return line.WrittenMemory;
    }

    /// <summary>
    /// Puts the style sheet and the scripts that the page refers to into it, and a policy that allows exactly these and no other source. The
    /// page can be developed without this class: a browser opens its file as it is.
    /// </summary>
    private static string Compose()
    {
        var styles = new List<string>();
        var scripts = new List<string>();
        var page = StyleSheet().Replace(Resource("page.html"), match => Inline("style", match, styles));
        page = Script().Replace(page, match => Inline("script", match, scripts));
        var policy = $"default-src 'none'; style-src {string.Join(' ', styles)}; script-src {string.Join(' ', scripts)}; img-src data:; "
            + "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
        return page.Replace(
            "<meta charset=\"utf-8\">",
            $"<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">",
            StringComparison.Ordinal);
    }

    private static string Inline(string element, Match reference, List<string> hashes)
    {
        var content = Resource(reference.Groups[1].Value);
        hashes.Add($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}'");
        return $"<{element}>{content}</{element}>";
    }

    private static string Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(typeof(TracePage), name)!;
        using var reader = new StreamReader(stream);

        // Browsers hash the text with the line ends that they normalise.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex("""<link rel="stylesheet" href="([^"]+)">""")]
    private static partial Regex StyleSheet();

    [GeneratedRegex("""<script src="([^"]+)"></script>""")]
    private static partial Regex Script();
}
