using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

public sealed partial class CaptureRedactionTests
{
    [Theory]
    [InlineData("password")]
    [InlineData("UserPassword")]
    [InlineData("api_key")]
    [InlineData("X-Api-Key")]
    [InlineData("ConnectionString")]
    [InlineData("connection.string")]
    [InlineData("Proxy-Authorization")]
    [InlineData("client secret")]
    public void A_name_matches_if_it_contains_a_part_ignoring_case_and_separators(string name)
    {
        var capture = new ValueCapture(new(new()), null);
        Assert.True(capture.IsRedacted(name));
        Assert.Equal("[redacted]", capture.Capture(name, 1));
        Assert.Equal($$"""{"{{name}}":"[redacted]"}""", Snapshots.Of(new Dictionary<string, int> { [name] = 1 }));
    }

    [Fact]
    public void Other_names_do_not_match()
    {
        var capture = new ValueCapture(new(new()), null);
        Assert.All(["", "passed", "tokens", "maxTokens", "key", "author"], name => Assert.False(capture.IsRedacted(name)));
        Assert.False(capture.IsRedacted(new string('x', 100_000)));
        Assert.True(capture.IsRedacted(new string('x', 100_000) + "_pass-word"));
    }

    [Fact]
    public void The_applications_own_names_count_and_empty_ones_do_not()
    {
        var options = new CaptureOptions();
        options.RedactedNames.Clear();
        options.RedactedNames.Add("ssn");
        options.RedactedNames.Add("_");
        var capture = new ValueCapture(new(options), null);
        Assert.True(capture.IsRedacted("Patient_SSN"));
        Assert.False(capture.IsRedacted("password"));
    }

    [Fact]
    public void A_redacted_property_is_never_read() =>
        Assert.Equal(
            """{"Name":"n","Password":"[redacted]","Hidden":"[redacted]","pwd":"[redacted]"}""",
            Snapshots.Of(new Login()));

    [Fact]
    public void NoCapture_applies_on_record_parameters_overridden_properties_and_interfaces()
    {
        Assert.Equal("""{"User":"u","Pin":"[redacted]"}""", Snapshots.Of(new Card("u", "1234")));
        Assert.Equal("""{"Hidden":"[redacted]"}""", Snapshots.Of(new Derived()));
        Assert.Equal("""{"Token":"[redacted]"}""", Snapshots.Of(new Holder()));
    }

    [Fact]
    public void NoCapture_applies_with_a_source_generated_contract()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = CardContracts.Default, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        Assert.Equal("""{"user":"u","pin":"[redacted]"}""", Snapshots.Of(new Card("u", "1234"), options));
    }

    [Fact]
    public void Json_is_redacted_by_name_at_any_depth()
    {
        const string Json = """{"a":[{"apiKey":{"k":1},"b":1}]}""";
        const string Expected = """{"a":[{"apiKey":"[redacted]","b":1}]}""";
        Assert.Equal(Expected, Snapshots.Of(JsonDocument.Parse(Json)));
        Assert.Equal(Expected, Snapshots.Of(JsonNode.Parse(Json)));
    }

    [Fact]
    public void The_output_of_a_converter_is_redacted_by_name() =>
        Assert.Equal("""{"password":"[redacted]","x":1}""", Snapshots.Of(new Converted()));

    [Fact]
    public void A_pair_is_redacted_by_its_key() =>
        Assert.Equal(
            """[{"Key":"password","Value":"[redacted]"},{"Key":"user","Value":"u"}]""",
            Snapshots.Of(new List<KeyValuePair<string, string>> { new("password", "p"), new("user", "u") }));

    [Fact]
    public void An_address_is_recorded_without_user_info() =>
        Assert.Equal("\"https://example.com/é?q=1\"".Replace("é", "%C3%A9", StringComparison.Ordinal), Snapshots.Of(new Uri("https://me:pw@example.com/é?q=1")));

    private sealed class Login
    {
        public string Name => "n";

        public string Password => throw new InvalidOperationException("read");

        [NoCapture]
        public string Hidden => throw new InvalidOperationException("read");

        [JsonPropertyName("pwd")]
        public string OldPassword => throw new InvalidOperationException("read");
    }

    internal sealed record Card(string User, [NoCapture] string Pin);

    private class Base
    {
        [NoCapture]
        public virtual int Hidden => 1;
    }

    private sealed class Derived : Base
    {
        public override int Hidden => throw new InvalidOperationException("read");
    }

    private interface IHolder
    {
        [NoCapture]
        int Token { get; }
    }

    private sealed class Holder : IHolder
    {
        public int Token => throw new InvalidOperationException("read");
    }

    [JsonConverter(typeof(Converter))]
    private sealed class Converted;

    private sealed class Converter : JsonConverter<Converted>
    {
        public override Converted Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new();

        public override void Write(Utf8JsonWriter writer, Converted value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("password", "p");
            writer.WriteNumber("x", 1);
            writer.WriteEndObject();
        }
    }

    [JsonSerializable(typeof(Card))]
    internal sealed partial class CardContracts : JsonSerializerContext;
}
