using System.Collections;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Bytes that are already encoded when they are captured: as base64, hexadecimal digits or numbers.</summary>
public sealed class EncodedBytesTests
{
    // Not the start of a known format.
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 60).Select(static number => (byte)(((number * 73) + 11) ^ (number * number)))];

    private static readonly byte[] Image = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Bytes, .. Bytes, .. Bytes, .. Bytes, .. Bytes, .. Bytes];

    private static readonly string Base64 = Convert.ToBase64String(Bytes);

    private static readonly string ImageBase64 = Convert.ToBase64String(Image);

    private static readonly Dictionary<string, Func<object>> Encoded = new()
    {
        ["base64 in lines of 40"] = static () => Lines(ImageBase64, 40, "\n"),
        ["base64 in indented lines"] = static () => Lines(ImageBase64, 64, "\n    "),
        ["base64 of an unknown format in lines"] = static () => Lines(Convert.ToBase64String([.. Image[1..], .. Bytes]), 76, "\r\n"),
        ["base64url"] = static () => ImageBase64.Replace('+', '-').Replace('/', '_'),
        ["a part of a mail"] = static () => $"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n{Lines(Base64, 76, "\r\n")}",
        ["a data URI in an address"] = static () => Uri.EscapeDataString($"data:image/png;base64,{ImageBase64}"),
        ["a data URI with a line break"] = static () => $"data:image/png;base64,\n{Lines(ImageBase64, 40, "\n")}",
        ["a name in JSON text"] = static () => JsonSerializer.Serialize(new { image_base64 = Base64 }),
        ["a name in JSON in a string"] = static () => JsonSerializer.Serialize(new { a = JsonSerializer.Serialize(new { image = Base64 }) }),
        ["Anthropic's document as text"] = static () => JsonSerializer.Serialize(new { type = "document", source = new { type = "base64", data = Base64 } }),
        ["A2A's file as text"] = static () => JsonSerializer.Serialize(new { kind = "file", file = new { bytes = Base64 } }),
        ["MCP's blob"] = static () => Element(new { uri = "file:///x", blob = Base64 }),
        ["audio of a realtime event"] = static () => Element(new { type = "response.audio.delta", delta = Base64 }),
        ["audio of a realtime event as text"] = static () => JsonSerializer.Serialize(new { type = "response.output_audio.delta", delta = Base64 }),
        ["a generated image"] = static () => Element(new { type = "image_generation_call", result = Base64 }),
        ["a screenshot"] = static () => Element(new { screenshot = Base64 }),
        ["a file's content"] = static () => Element(new { content = Base64, encoding = "base64" }),
        ["a property of a record"] = static () => new { Thumbnail = Base64 },
        ["hexadecimal digits"] = static () => Convert.ToHexString(Image),
        ["hexadecimal digits after 0x"] = static () => $"0x{Convert.ToHexString(Image).ToLowerInvariant()}",
        ["hexadecimal digits with hyphens"] = static () => BitConverter.ToString(Image),
        ["many hexadecimal digits"] = static () => Convert.ToHexString([.. Image[1..], .. Image]),
        ["an ArrayList"] = static () => new ArrayList(Bytes),
        ["a list of objects"] = static () => Bytes.Cast<object>().ToList(),
        ["integers of an image"] = static () => Image.Select(static number => (int)number).ToArray(),
        ["JSON numbers of an image"] = static () => Element(Image.Select(static number => (int)number)),
        ["JSON nodes of an image"] = static () => new JsonArray([.. Image.Select(static number => (JsonNode)(int)number)]),
        ["numbers under the name of bytes"] = static () => new { ImageBytes = Bytes.Select(static number => (int)number).ToList() },
        ["a buffer of Node.js"] = static () => Element(new { type = "Buffer", data = Bytes.Select(static number => (int)number) }),
        ["7-Zip"] = static () => Convert.ToBase64String([0x37, 0x7A, 0xBC, 0xAF, .. Bytes]),
        ["RTF"] = static () => Convert.ToBase64String([.. "{\\rtf1"u8, .. Bytes]),
        ["an old Word document"] = static () => Convert.ToBase64String([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. Bytes]),
        ["AIFF"] = static () => Convert.ToBase64String([.. "FORM"u8, .. Bytes]),
    };

    // Base64 that nothing names as bytes looks like ids, hashes and cursors.
    private static readonly object[] Plain =
    [
        Base64[..28], Base64, Convert.ToHexString(Bytes), string.Concat(Enumerable.Repeat("ab", 2_000)), new { Icon = "chevron-down", File = "file-AbC123dEf456GhI789jKl012", Content = "Hello" },
        Element(new { data = Enumerable.Range(0, 50), scores = Enumerable.Repeat(7, 100) }), Enumerable.Range(0, 100).ToArray(), "12-34-56 and 89-50-4E",
        $"{new string('a', 70)}\nThe next line has other words and stays.",
    ];

    public static TheoryData<string> Names => [.. Encoded.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void They_are_recorded_by_their_number(string name)
    {
        var json = Snapshots.Of(Encoded[name]());

        Assert.Contains("bytes", json, StringComparison.Ordinal);
        Assert.DoesNotContain(Forms(), form => json.Contains(form, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Other_texts_and_numbers_stay_as_they_are() =>
        Assert.All(Plain, static value => Assert.Equal(JsonSerializer.Serialize(value), Snapshots.Of(value)));

    private static IEnumerable<string> Forms()
    {
        for (var start = 0; start < 45; start++)
        {
            var part = Bytes[start..(start + 9)];
            yield return Convert.ToBase64String(part);
            yield return Convert.ToHexString(part);
            yield return BitConverter.ToString(part);
            yield return string.Join(',', part);
        }
    }

    private static string Lines(string text, int length, string separator) => string.Join(separator, text.Chunk(length).Select(static line => new string(line)));

    private static JsonElement Element(object value) => JsonSerializer.SerializeToElement(value);

    [Theory]
    [InlineData("<image>{0}</image>")]
    [InlineData("<doc><thumbnail type='png'>{0}</thumbnail></doc>")]
    [InlineData("<m:photo xmlns:m='urn:x'>{0}</m:photo>")]
    [InlineData("<data encoding='base64'>{0}</data>")]
    public void Base64_in_an_element_of_xml_is_known_by_the_name_of_the_element(string xml)
    {
        var encoded = Convert.ToBase64String([.. Enumerable.Range(0, 90).Select(static number => (byte)((number * 37) + 11))]);
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, xml, encoded);

        Assert.DoesNotContain(encoded, Snapshots.Of(text), StringComparison.Ordinal);
        Assert.DoesNotContain(encoded, Snapshots.Of(System.Xml.Linq.XElement.Parse(text)), StringComparison.Ordinal);
        Assert.Contains(encoded, Snapshots.Of($"<id>{encoded}</id>"), StringComparison.Ordinal);
    }
}
