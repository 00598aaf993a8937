using System.Text.Json;

namespace Openlayer.Interception.Tests.Telemetry;

internal static class Row
{
    /// <summary>The row of a trace, as it is sent.</summary>
    public static JsonElement Of(OpenlayerTrace trace)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            new Interception.Publishing.Rows.Row(trace).WriteTo(writer);
        }

        return JsonDocument.Parse(buffer.ToArray()).RootElement;
    }
}
