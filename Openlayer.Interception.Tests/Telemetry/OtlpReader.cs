using Google.Protobuf;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>
/// Reads spans from protobuf: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto.
/// </summary>
internal static class OtlpReader
{
    /// <summary>The spans of an <c>ExportTraceServiceRequest</c>.</summary>
    public static IEnumerable<ReceivedSpan> SpansOf(byte[] request)
    {
        foreach (var resourceSpans in Messages(Fields(request), 1).Select(Fields))
        {
            var service = AttributesOf(Fields(Messages(resourceSpans, 1).Single()), 1).GetValueOrDefault("service.name", "");
            foreach (var span in Messages(resourceSpans, 2).SelectMany(static scope => Messages(Fields(scope), 2)).Select(Fields))
            {
                yield return new ReceivedSpan(
                    service,
                    Text(span, 5),
                    Hex(span, 1)!,
                    Hex(span, 2)!,
                    Hex(span, 4),
                    (long)(ulong)span.Single(static field => field.Number == 7).Value,
                    AttributesOf(span, 9));
            }
        }
    }

    private static Dictionary<string, string> AttributesOf(List<(int Number, object Value)> owner, int number) =>
        Messages(owner, number).Select(Fields).ToDictionary(static attribute => Text(attribute, 1), static attribute => ValueOf(Messages(attribute, 2).Single()));

    // The fields of AnyValue are alternatives. Arrays are not needed here.
    private static string ValueOf(byte[] any) => Fields(any).Single() switch
    {
        (1, byte[] text) => System.Text.Encoding.UTF8.GetString(text),
        (2, ulong truth) => truth == 0 ? "false" : "true",
        (4, ulong bits) => $"{BitConverter.UInt64BitsToDouble(bits)}",
        var (_, other) => $"{other}",
    };

    private static string Text(List<(int Number, object Value)> fields, int number) => System.Text.Encoding.UTF8.GetString(Messages(fields, number).Single());

    private static string? Hex(List<(int Number, object Value)> fields, int number) =>
        Messages(fields, number).SingleOrDefault() is { } bytes ? Convert.ToHexString(bytes).ToLowerInvariant() : null;

    private static IEnumerable<byte[]> Messages(List<(int Number, object Value)> fields, int number) =>
        fields.Where(field => field.Number == number).Select(static field => (byte[])field.Value);

    private static List<(int Number, object Value)> Fields(byte[] message)
    {
        using var reader = new CodedInputStream(message);
        var fields = new List<(int, object)>();
        while (reader.ReadTag() is var tag and not 0)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => reader.ReadUInt64(),
                WireFormat.WireType.Fixed64 => reader.ReadFixed64(),
                WireFormat.WireType.Fixed32 => reader.ReadFixed32(),
                _ => reader.ReadBytes().ToByteArray(),
            }));
        }

        return fields;
    }
}
