using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>The Aspire dashboard as a process on free ports: a receiver of OTLP that is asked for what it received.</summary>
internal sealed partial class AspireDashboard : IDisposable
{
    private const string ApiKey = "test-key";
    private const string FreePort = "http://127.0.0.1:0";

    private static readonly string Program = Repository.PathOf("AspireDashboard");

    private readonly HttpClient _client = new();
    private readonly ListeningProcess _process = new(
        Program,
        [],
        Path.GetDirectoryName(Program),
        ("ASPNETCORE_URLS", FreePort),
        ("ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", FreePort),
        ("ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL", FreePort),
        ("Dashboard__Frontend__AuthMode", "Unsecured"),
        ("Dashboard__Otlp__AuthMode", "Unsecured"),
        ("Dashboard__Otlp__SuppressUnsecuredMessage", "true"),
        ("Dashboard__Api__Enabled", "true"),
        ("Dashboard__Api__AuthMode", "ApiKey"),
        ("Dashboard__Api__PrimaryApiKey", ApiKey));

    public AspireDashboard() => _client.DefaultRequestHeaders.Add("x-api-key", ApiKey);

    /// <summary>Whether the program is for this machine.</summary>
    public static bool CanRun => OperatingSystem.IsLinux() && File.Exists(Program);

    /// <summary>The address of its pages, as soon as it listens.</summary>
    public Task<Uri> Page => _process.AddressAsync(PageListening());

    /// <summary>The address that spans are sent to, as soon as it listens.</summary>
    public Task<Uri> Receiver => _process.AddressAsync(ReceiverListening());

    /// <summary>The spans that it has received, in the shape of OTLP's JSON, each with the name of its service.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> SpansAsync(CancellationToken cancellationToken)
    {
        var answer = await _client.GetFromJsonAsync<JsonElement>(new Uri(await Page, "api/telemetry/spans?limit=1000"), cancellationToken);
        return [.. answer.GetProperty("data").GetProperty("resourceSpans").EnumerateArray().SelectMany(ReceivedSpan.AllOf)];
    }

    public void Dispose()
    {
        _process.Dispose();
        _client.Dispose();
    }

    [GeneratedRegex("Now listening on: (http://\\S+)")]
    private static partial Regex PageListening();

    [GeneratedRegex("OTLP/HTTP listening on: (http://\\S+)")]
    private static partial Regex ReceiverListening();
}
