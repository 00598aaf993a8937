using System.Text.Json;
using System.Text.Json.Serialization;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Raw responses, which are parsed when they are written.</summary>
public sealed class DeferredJsonTests
{
    [Theory]
    [InlineData("""{"a":[1,{"b":null}]}""", """{"a":[1,{"b":null}]}""")]
    [InlineData("""{ "a" : 1 }""", """{"a":1}""")]
    [InlineData("""{"password":"hunter2abc","n":1}""", """{"password":"[redacted]","n":1}""")]
    [InlineData("[]", "[]")]
    [InlineData("3", "3")]
    public void Json_is_written_as_json_without_secrets(string text, string expected) => Assert.Equal(expected, Written(text));

    [Theory]
    [InlineData("""{"a":[1""", "\"{\\\"a\\\":[1\"")]
    [InlineData("not json", "\"not json\"")]
    public void A_text_that_broke_off_is_written_as_a_text(string text, string expected) => Assert.Equal(expected, Written(text));

    [Fact]
    public void A_secret_in_a_text_that_broke_off_is_not_written() =>
        Assert.DoesNotContain("hunter2abc", Written("""{"password":"hunter2abc","n":"""), StringComparison.Ordinal);

    [Fact]
    public void A_text_that_cannot_be_prepared_is_written_as_a_text() =>
        Assert.Equal("\"{\\\"a\\\":1}\"", Snapshots.Of(new DeferredJson("""{"a":1}""", static _ => throw new InvalidOperationException())));

    [Theory]
    [InlineData("{}", true)]
    [InlineData(" \n[1]", true)]
    [InlineData("WEBVTT", false)]
    [InlineData("\"text\"", false)]
    [InlineData(" ", false)]
    [InlineData("", false)]
    public void Objects_and_arrays_are_likely(string text, bool isLikely) => Assert.Equal(isLikely, DeferredJson.IsLikely(text));

    [Fact]
    public void It_is_parsed_when_it_is_written()
    {
        var prepared = 0;
        var capture = new ValueCapture(new(new CaptureOptions()), suppressor: null);
        DeferredJson Json() => new("""{"a":1}""", json =>
        {
            prepared++;
            return json;
        });

        // The first of a type is written at once.
        capture.Capture(Json());
        prepared = 0;
        var captured = Assert.IsType<CapturedJson>(capture.Capture(Json()));

        Assert.Equal(0, prepared);
        Assert.Equal("""{"a":1}""", captured.ToString());
        Assert.Equal(1, prepared);
    }

    [Fact]
    public void A_converter_of_the_application_runs_at_once()
    {
        var options = new CaptureOptions { JsonSerializerOptions = new JsonSerializerOptions { Converters = { new FixedConverter() } } };
        var capture = new ValueCapture(new(options), suppressor: null);
        capture.Capture(new DeferredJson("1", static json => json));
        var converted = FixedConverter.Writes;

        capture.Capture(new DeferredJson("1", static json => json));

        Assert.Equal(converted + 1, FixedConverter.Writes);
    }

    private static string Written(string text) => Snapshots.Of(new DeferredJson(text, static json => json));

    private sealed class FixedConverter : JsonConverter<JsonElement>
    {
        public static int Writes { get; private set; }

        public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options)
        {
            Writes++;
            writer.WriteStringValue("converted");
        }
    }
}
