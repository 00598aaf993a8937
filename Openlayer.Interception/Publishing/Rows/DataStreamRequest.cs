namespace Openlayer.Interception.Publishing.Rows;

/// <summary>The body of a request that sends one row to the Openlayer data stream: <c>{"config": {...}, "rows": [...]}</c>, as UTF-8.</summary>
internal static class DataStreamRequest
{
    public static void Write(JsonBuffer json, Row row)
    {
        json.Append("{\"config\":"u8);
        row.Config.WriteTo(json);
        json.Append(",\"rows\":["u8);
        row.WriteTo(json);
        json.Append("]}"u8);
    }
}
