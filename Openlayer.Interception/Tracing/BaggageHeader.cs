using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Openlayer.Interception.Tracing;

/// <summary>
/// What the W3C header <c>baggage</c> carries of a trace: <c>openlayer.user_id=ann,openlayer.session_id=chat%201</c>, with percent-encoded
/// values.
/// </summary>
internal static class BaggageHeader
{
    private const string UserId = "openlayer.user_id";
    private const string SessionId = "openlayer.session_id";
    private const string InferenceId = "openlayer.inference_id";
    private const string PipelineId = "openlayer.inference_pipeline_id";

    // What the specification asks every party to carry.
    private const int MaxLength = 8_192;
    private const int MaxMembers = 180;

    // All values together fit into one header.
    private const int MaxValueLength = 1_900;

    private static readonly char[] Whitespace = [' ', '\t'];

    private static readonly SearchValues<char> ValueCharacters = SearchValues.Create(
        "!#$%&'()*+-./0123456789:<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~");

    public static string? Write((string? UserId, string? SessionId) session, TraceOrigin? origin)
    {
        var header = new StringBuilder();
        Append(header, UserId, session.UserId);
        Append(header, SessionId, session.SessionId);
        Append(header, InferenceId, origin is { IsPublished: true } ? origin.InferenceId ?? origin.RootId : null);
        Append(header, PipelineId, origin?.InferencePipelineId);
        return header.Length == 0 ? null : header.ToString();
    }

    /// <summary>Reads the members that <see cref="Write"/> writes. Others, and those that are malformed, are ignored.</summary>
    public static (string? UserId, string? SessionId, string? InferenceId, string? PipelineId) Read(string header)
    {
        (string? UserId, string? SessionId, string? InferenceId, string? PipelineId) read = default;
        if (header.Length > MaxLength)
        {
            return read;
        }

        foreach (var member in header.Split(',', MaxMembers + 1).Take(MaxMembers))
        {
            // Properties may follow the value.
            var (name, value) = Parts(member.Split(';', 2)[0]);
            switch (name)
            {
                case UserId:
                    read.UserId ??= value;
                    break;
                case SessionId:
                    read.SessionId ??= value;
                    break;
                case InferenceId:
                    read.InferenceId ??= value;
                    break;
                case PipelineId:
                    read.PipelineId ??= value;
                    break;
            }
        }

        return read;
    }

    private static (string Name, string? Value) Parts(string member)
    {
        var equals = member.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? ("", null) : (member[..equals].Trim(Whitespace), Decode(member[(equals + 1)..].Trim(Whitespace)));
    }

    /// <summary>Returns null for a value that is empty, too long, malformed, or no text.</summary>
    private static string? Decode(string value)
    {
        if (value.Length is 0 or > MaxValueLength || value.AsSpan().ContainsAnyExcept(ValueCharacters))
        {
            return null;
        }

        var bytes = new byte[value.Length];
        var length = 0;
        for (var index = 0; index < value.Length; index++)
        {
            if (value[index] != '%')
            {
                bytes[length++] = (byte)value[index];
            }
            else if (byte.TryParse(value.AsSpan(index + 1, Math.Min(2, value.Length - index - 1)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var encoded)
                && index + 2 < value.Length)
            {
                bytes[length++] = encoded;
                index += 2;
            }
            else
            {
                return null;
            }
        }

        return Utf8.IsValid(bytes.AsSpan(0, length)) && Encoding.UTF8.GetString(bytes, 0, length) is var text && !text.Any(char.IsControl) ? text : null;
    }

    private static void Append(StringBuilder header, string name, string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Any(char.IsControl) || Uri.EscapeDataString(value) is not { Length: <= MaxValueLength } encoded)
        {
            return;
        }

        if (header.Length > 0)
        {
            header.Append(',');
        }

        header.Append(CultureInfo.InvariantCulture, $"{name}={encoded}");
    }
}
