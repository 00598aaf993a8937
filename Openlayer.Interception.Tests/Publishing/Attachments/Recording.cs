using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Publishing.Attachments;

/// <summary>Requests that the Python SDK made. What this library sends is compared with them as far as they are right.</summary>
internal sealed partial class Recording
{
    private readonly JsonElement[] _requests;

    public Recording(string name)
    {
        var recording = JsonElement.Parse(System.IO.File.ReadAllBytes(
            Path.Combine(AppContext.BaseDirectory, "Publishing", "Attachments", "Recorded", $"{name}.json")));
        _requests = [.. recording.GetProperty("requests").EnumerateArray()];
    }

    private JsonElement Row => _requests.Single(static request => request.GetProperty("path").GetString()!.EndsWith("/data-stream", StringComparison.Ordinal))
        .GetProperty("body").GetProperty("rows")[0];

    /// <summary>The root step as it was sent.</summary>
    public JsonElement Step => Row.GetProperty("steps")[0];

    /// <summary>Every upload and its preparation is the same request: address, headers, parts, bytes.</summary>
    public async Task AssertUploadsAsync(StorageServer server)
    {
        var expected = _requests.Where(static request => !request.GetProperty("path").GetString()!.EndsWith("/data-stream", StringComparison.Ordinal)).Select(Describe);
        var actual = new List<string>();
        foreach (var request in server.Requests.Where(static request => StorageServer.PathOf(request) != StorageServer.DataStream))
        {
            actual.Add(await DescribeAsync(request));
        }

        // Several are uploaded at a time.
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    /// <summary>Attachments are the same at each place of the row, except for what is listed in docs/attachments.md.</summary>
    public void AssertRow(JsonElement actual) => Assert.Equal(Normal(Row), Normal(actual));

    /// <summary>A part of a row is the same, except for what is listed in docs/attachments.md.</summary>
    public static void AssertSame(JsonElement expected, JsonElement actual) => Assert.Equal(Normal(expected), Normal(actual));

    // The bytes, which are a fault, and the absolute path, of which only the file's name is sent.
    private static string Normal(JsonElement value)
    {
        var node = JsonSerializer.SerializeToNode(value)!;
        Normalize(node);
        return Address().Replace(node.ToJsonString(new JsonSerializerOptions { WriteIndented = true }), "http://127.0.0.1");
    }

    private static void Normalize(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Normalize(item);
            }
        }
        else if (node is JsonObject entries)
        {
            entries.Remove("dataBase64");
            foreach (var (name, value) in entries.ToArray())
            {
                if (name is "latency" or "startTime" or "endTime" or "inferenceTimestamp" or "id" or "inferenceId")
                {
                    entries[name] = $"<{name}>";
                }
                else if (name == "filePath")
                {
                    entries[name] = Path.GetFileName(value!.GetValue<string>());
                }
                else
                {
                    Normalize(value);
                }
            }
        }
    }

    private static string Describe(JsonElement recorded)
    {
        var query = recorded.GetProperty("query").EnumerateObject().Select(static parameter => $"{parameter.Name}={parameter.Value[0]}");
        var parts = recorded.TryGetProperty("multipart", out var multipart)
            ? multipart.EnumerateArray().Select(static part => Part(
                [.. part.GetProperty("headers").EnumerateArray().Select(static header => header.GetString()!).Order()], part.GetProperty("body").GetString()!))
            : [];
        var bytes = recorded.TryGetProperty("bodyBase64", out var body) ? body.GetString()! : "";
        return string.Join(
            '\n',
            [
                $"{recorded.GetProperty("method")} {recorded.GetProperty("path")}?{string.Join('&', query)}",
                .. Headers(name => recorded.GetProperty("headers").TryGetProperty(name, out var value) ? value.GetString() : null, hasParts: parts.Any()),
                .. parts,
                bytes,
            ]);
    }

    private static async Task<string> DescribeAsync(ReceivedRequest request)
    {
        var isForm = request.Headers.ContentType.ToString().StartsWith("multipart/", StringComparison.Ordinal);
        var parts = isForm ? (await StorageServer.PartsAsync(request)).Select(static part => Part(part.Headers, part.Body)) : [];
        var target = request.Target.Contains('?', StringComparison.Ordinal) ? Uri.UnescapeDataString(request.Target) : request.Target + "?";
        return string.Join(
            '\n',
            [
                $"{request.Method} {target}",
                .. Headers(name => request.Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value.FirstOrDefault(), isForm),
                .. parts,
                isForm ? "" : Convert.ToBase64String(request.Body),
            ]);
    }

    // The boundary is random; both are 32 characters long.
    private static IEnumerable<string> Headers(Func<string, string?> valueOf, bool hasParts) =>
        from name in new[] { "authorization", "content-type", "x-ms-blob-type", "cookie" }
        let value = valueOf(name)
        where value is not null
        select hasParts && name == "content-type" ? $"{name}: {Boundary().Replace(value, "boundary=")}" : $"{name}: {value}";

    // A line break at the end of a part is missing from the recordings.
    private static string Part(string[] headers, string body) =>
        $"{string.Join('\n', headers)}\n\n{Convert.ToBase64String(Encoding.Latin1.GetBytes(body.TrimEnd('\n')))}";

    [GeneratedRegex("boundary=[0-9a-f]{32}$")]
    private static partial Regex Boundary();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
