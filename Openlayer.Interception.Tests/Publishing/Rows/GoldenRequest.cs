using System.Text.Json;

namespace Openlayer.Interception.Tests.Publishing.Rows;

/// <summary>A recorded request of the Python SDK, to compare the library's requests with.</summary>
internal sealed class GoldenRequest
{
    private readonly JsonElement _recorded;

    public GoldenRequest(string name) =>
        _recorded = JsonElement.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Publishing", "Rows", "Golden", $"{name}.json")));

    public void AssertEqual(ReceivedRequest request)
    {
        Assert.Equal("POST", request.Method);
        Assert.Equal(_recorded.GetProperty("path").GetString(), request.Target);
        Assert.Equal(_recorded.GetProperty("authorization").GetString(), request.Headers.Authorization);
        Assert.Equal(_recorded.GetProperty("contentType").GetString(), request.Headers.ContentType);
        AssertEqual("$", _recorded.GetProperty("body"), request.Json);
    }

    private static void AssertEqual(string path, JsonElement expected, JsonElement actual)
    {
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.True(actual.ValueKind == JsonValueKind.Object, $"{path} is {actual}");
                Assert.Equal(
                    expected.EnumerateObject().Select(property => $"{path}.{property.Name}").Order(StringComparer.Ordinal),
                    actual.EnumerateObject().Select(property => $"{path}.{property.Name}").Order(StringComparer.Ordinal));
                foreach (var property in expected.EnumerateObject())
                {
                    AssertEqual($"{path}.{property.Name}", property.Value, actual.GetProperty(property.Name));
                }

                break;
            case JsonValueKind.Array:
                Assert.True(actual.ValueKind == JsonValueKind.Array, $"{path} is {actual}");
                Assert.True(expected.GetArrayLength() == actual.GetArrayLength(), $"{path} has {actual.GetArrayLength()} items");
                for (var index = 0; index < expected.GetArrayLength(); index++)
                {
                    AssertEqual($"{path}[{index}]", expected[index], actual[index]);
                }

                break;
            case JsonValueKind.String when expected.GetString() == "<id>":
                Assert.True(Guid.TryParseExact(actual.GetString(), "D", out _), $"{path} is {actual}");
                break;
            case JsonValueKind.String when expected.GetString() == "<unix-seconds>":
                Assert.True(actual.GetDouble() > 1_700_000_000 && actual.GetDouble() < 1_800_000_000, $"{path} is {actual}");
                break;
            case JsonValueKind.String when expected.GetString() == "<milliseconds>":
                Assert.True(actual.GetDouble() >= 0, $"{path} is {actual}");
                break;
            default:
                Assert.True(JsonElement.DeepEquals(expected, actual), $"{path} is {actual}, not {expected}");
                break;
        }
    }
}
