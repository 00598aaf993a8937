using System.Buffers;
using System.Globalization;

namespace Openlayer.Interception.Tracing;

/// <summary>The W3C header <c>traceparent</c>: <c>00-{trace id}-{step id}-01</c>. The trace's id is the UUID of its root step.</summary>
internal static class TraceParentHeader
{
    private const int TraceIdLength = 32;
    private const int SpanIdLength = 16;
    private const int Length = 55;
    private const int TraceIdStart = 3;
    private const int SpanIdStart = TraceIdStart + TraceIdLength + 1;
    private const int FlagsStart = SpanIdStart + SpanIdLength + 1;

    private static readonly SearchValues<char> LowerHexAndDash = SearchValues.Create("0123456789abcdef-");

    public static string Write(string rootStepId, ulong spanId) =>
        string.Create(CultureInfo.InvariantCulture, $"00-{Guid.Parse(rootStepId):N}-{spanId:x16}-01");

    /// <summary>The last 8 bytes of a step's UUID. They are never all zero, because of the UUID's variant.</summary>
    public static ulong SpanIdOf(string? stepId) =>
        stepId is null ? 0 : ulong.Parse(Guid.Parse(stepId).ToString("N").AsSpan(TraceIdLength - SpanIdLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads a header of this or a later version. Strict, as the specification requires. Returns false if the trace is not sampled: then it has
    /// no row to refer to.
    /// </summary>
    /// <param name="header">The header.</param>
    /// <param name="rootStepId">The trace's id, as a UUID.</param>
    /// <param name="spanId">The step's id.</param>
    public static bool TryRead(string header, out string rootStepId, out ulong spanId)
    {
        (rootStepId, spanId) = ("", 0);
        if (header.Length < Length
            || header[2] != '-' || header[SpanIdStart - 1] != '-' || header[FlagsStart - 1] != '-'
            || header.AsSpan(0, Length).Count('-') != 3
            || header.AsSpan(0, Length).ContainsAnyExcept(LowerHexAndDash)
            || !IsVersion(header))
        {
            return false;
        }

        var traceId = header.AsSpan(TraceIdStart, TraceIdLength);
        spanId = ulong.Parse(header.AsSpan(SpanIdStart, SpanIdLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        var isSampled = (byte.Parse(header.AsSpan(FlagsStart, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & 1) != 0;
        if (!isSampled || spanId == 0 || !traceId.ContainsAnyExcept('0'))
        {
            spanId = 0;
            return false;
        }

        rootStepId = Guid.ParseExact(traceId, "N").ToString();
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
