using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Tests.Capture;

/// <summary>Captures, as the JSON that would be sent.</summary>
internal static class Snapshots
{
    /// <summary>A value captured twice, because the first of its type is always written at once, and an immutable one only later.</summary>
    public static string Of(object? value, Action<CaptureOptions>? configure = null)
    {
        var options = new CaptureOptions { MaxTime = TimeSpan.FromMinutes(1) };
        configure?.Invoke(options);
        var capture = new ValueCapture(new(options), suppressor: null);
        var first = Written(capture.Capture(value));
        Assert.Equal(first, Written(capture.Capture(value)));
        return first;
    }

    public static string Of(object? value, JsonSerializerOptions json) => Of(value, options => options.JsonSerializerOptions = json);

    public static string Written(object? captured)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, CapturedValueWriter.JsonOptions))
        {
            writer.WriteCapturedValue(captured);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Compares JSON by its content, numbers as written.</summary>
    public static void AssertSame(string expected, string actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual)), $"Expected {expected}\nActual   {actual}");
}
