using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>The Aspire dashboard as a process on free ports: a receiver of OTLP that is asked for what it received.</summary>
internal sealed partial class AspireDashboard : IDisposable
{
    private const string ApiKey = "test-key";

    private static readonly string Program = Repository.PathOf("AspireDashboard");

    private readonly Process _process;
    private readonly HttpClient _client = new();
    private readonly TaskCompletionSource<Uri> _page = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Uri> _receiver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    public AspireDashboard()
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Path.GetDirectoryName(Program) };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = "http://127.0.0.1:0";
        start.Environment["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = "http://127.0.0.1:0";
        start.Environment["Dashboard__Frontend__AuthMode"] = "Unsecured";
        start.Environment["Dashboard__Otlp__AuthMode"] = "Unsecured";
        start.Environment["Dashboard__Otlp__SuppressUnsecuredMessage"] = "true";
        start.Environment["Dashboard__Api__Enabled"] = "true";
        start.Environment["Dashboard__Api__AuthMode"] = "ApiKey";
        start.Environment["Dashboard__Api__PrimaryApiKey"] = ApiKey;
        _client.DefaultRequestHeaders.Add("x-api-key", ApiKey);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => Fail();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether the program is for this machine.</summary>
    public static bool CanRun => OperatingSystem.IsLinux() && File.Exists(Program);

    /// <summary>The address of its pages, as soon as it listens.</summary>
    public Task<Uri> Page => _page.Task;

    /// <summary>The address that spans are sent to, as soon as it listens.</summary>
    public Task<Uri> Receiver => _receiver.Task;

    /// <summary>The spans that it has received, in the shape of OTLP's JSON, each with the name of its service.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> SpansAsync(CancellationToken cancellationToken)
    {
        var answer = await _client.GetFromJsonAsync<JsonElement>(new Uri(await Page, "api/telemetry/spans?limit=1000"), cancellationToken);
        return [.. answer.GetProperty("data").GetProperty("resourceSpans").EnumerateArray().SelectMany(ReceivedSpan.AllOf)];
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _client.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _lines.Add(line);
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            var address = new Uri(match.Groups[2].Value);
            (match.Groups[1].Value.StartsWith("OTLP", StringComparison.Ordinal) ? _receiver : _page).TrySetResult(address);
        }
    }

    private void Fail()
    {
        lock (_lines)
        {
            var failure = new InvalidOperationException(string.Join('\n', _lines));
            _page.TrySetException(failure);
            _receiver.TrySetException(failure);
        }
    }

    [GeneratedRegex("(Now listening on|OTLP/HTTP listening on): (http://\\S+)")]
    private static partial Regex Listening();
}
