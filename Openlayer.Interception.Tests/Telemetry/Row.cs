using System.Text.Json;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Tests.Telemetry;

internal static class Row
{
    /// <summary>The row of a trace, as it is sent.</summary>
    public static JsonElement Of(OpenlayerTrace trace)
    {
        var json = new JsonBuffer();
        new Interception.Publishing.Rows.Row(trace).WriteTo(json);
        return JsonElement.Parse(json.Written);
    }
}
