using System.Buffers;
using System.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>The W3C header <c>traceparent</c>: <c>00-{trace id}-{span id}-{flags}</c>.</summary>
internal static class TraceParentHeader
{
    private const int TraceIdLength = 32;
    private const int SpanIdLength = 16;
    private const int Length = 55;
    private const int TraceIdStart = 3;
    private const int SpanIdStart = TraceIdStart + TraceIdLength + 1;
    private const int FlagsStart = SpanIdStart + SpanIdLength + 1;

    private static readonly SearchValues<char> LowerHexAndDash = SearchValues.Create("0123456789abcdef-");

    public static string Write(in ActivityContext span) =>
        $"00-{span.TraceId.ToHexString()}-{span.SpanId.ToHexString()}-{((span.TraceFlags & ActivityTraceFlags.Recorded) == 0 ? "00" : "01")}";

    /// <summary>Reads a header of this or a later version. Strict, as the specification requires.</summary>
    /// <param name="header">The header.</param>
    /// <param name="span">The span of another process.</param>
    public static bool TryRead(string header, out ActivityContext span)
    {
        span = default;
        if (header.Length < Length
            || header[2] != '-' || header[SpanIdStart - 1] != '-' || header[FlagsStart - 1] != '-'
            || header.AsSpan(0, Length).Count('-') != 3
            || header.AsSpan(0, Length).ContainsAnyExcept(LowerHexAndDash)
            || !IsVersion(header))
        {
            return false;
        }

        var traceId = header.AsSpan(TraceIdStart, TraceIdLength);
        var spanId = header.AsSpan(SpanIdStart, SpanIdLength);
        if (!traceId.ContainsAnyExcept('0') || !spanId.ContainsAnyExcept('0'))
        {
            return false;
        }

        var isRecorded = (Convert.ToInt32(header[(Length - 1)..Length], 16) & (int)ActivityTraceFlags.Recorded) != 0;
        span = new ActivityContext(
            ActivityTraceId.CreateFromString(traceId),
            ActivitySpanId.CreateFromString(spanId),
            isRecorded ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None,
            isRemote: true);
        return true;
    }

    // A later version may have more fields. Version ff is not one.
    private static bool IsVersion(string header) => header[..2] switch
    {
        "00" => header.Length == Length,
        "ff" => false,
        _ => header.Length == Length || header[Length] == '-',
    };
}
