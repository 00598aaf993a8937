using System.Text.Json;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>A span in a receiver, by OTLP's JSON.</summary>
internal sealed record ReceivedSpan(string Service, string Name, string TraceId, string SpanId, string? ParentSpanId, long Start, IReadOnlyDictionary<string, string> Attributes)
{
    public static IEnumerable<ReceivedSpan> AllOf(JsonElement resourceSpans)
    {
        var service = AttributesOf(resourceSpans.GetProperty("resource"))["service.name"];
        return resourceSpans.GetProperty("scopeSpans").EnumerateArray().SelectMany(static scope => scope.GetProperty("spans").EnumerateArray()).Select(span => new ReceivedSpan(
            service,
            span.GetProperty("name").GetString()!,
            span.GetProperty("traceId").GetString()!,
            span.GetProperty("spanId").GetString()!,
            span.TryGetProperty("parentSpanId", out var parent) && parent.GetString() is { Length: > 0 } id ? id : null,
            long.Parse(span.GetProperty("startTimeUnixNano").ToString(), null),
            AttributesOf(span)));
    }

    /// <summary>The tree of a trace: <c>service: name(service: name, service: name)</c>, in the order in which the spans started.</summary>
    public static string TreeOf(IReadOnlyList<ReceivedSpan> spans, string? parent = null) => string.Join(
        ", ",
        spans.Where(span => span.ParentSpanId == parent).OrderBy(static span => span.Start)
            .Select(span => TreeOf(spans, span.SpanId) is { Length: > 0 } children ? $"{span.Service}: {span.Name}({children})" : $"{span.Service}: {span.Name}"));

    private static Dictionary<string, string> AttributesOf(JsonElement owner) => owner.TryGetProperty("attributes", out var attributes)
        ? attributes.EnumerateArray().ToDictionary(
            static attribute => attribute.GetProperty("key").GetString()!,
            static attribute => attribute.GetProperty("value").EnumerateObject().First().Value.ToString())
        : [];
}
