using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>Recorded values as JSON, without the ids of attachments, which are different each time, and without their checksums.</summary>
public static partial class RecordedJson
{
    private static readonly JsonSerializerOptions Options = new() { Converters = { new MessageJson(), new AttachmentConverter() } };

    public static string Of(object? value) =>
        AttachmentId().Replace(Checksum().Replace(JsonSerializer.Serialize(value, Options), ""), "\"attachment\":{");

    [GeneratedRegex("\"attachment\":\\{\"id\":\"[0-9a-f-]{36}\",")]
    private static partial Regex AttachmentId();

    [GeneratedRegex(",\"checksumMd5\":\"[0-9a-f]{32}\"")]
    private static partial Regex Checksum();

    private sealed class MessageJson : JsonConverter<RecordedMessage>
    {
        public override RecordedMessage? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, RecordedMessage value, JsonSerializerOptions options) => JsonSerializer.Serialize(
            writer,
            new KeyValuePair<string, object?>[] { new("role", value.Role), new("content", value.Content) }.Concat(value.Fields).ToDictionary(),
            options);
    }

    private sealed class AttachmentConverter : JsonConverter<Attachment>
    {
        private static readonly ValueCapture Capture = new(new(new()), suppressor: null);

        public override Attachment Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Attachment value, JsonSerializerOptions options) =>
            writer.WriteRawValue(Capture.Capture(value)!.ToString()!);
    }
}
