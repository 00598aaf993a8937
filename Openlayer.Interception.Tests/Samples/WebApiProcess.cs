using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Openlayer.Interception.Tests.Services;

namespace Openlayer.Interception.Tests.Samples;

/// <summary>The built sample as a process on a free port. It writes its files to a folder, and sends its traces to a server.</summary>
internal sealed partial class WebApiProcess(string container, string folder, Uri openlayer, string environment = "Production", string key = "test-key") : IDisposable
{
    private static readonly string Program = Repository.PathOf("WebApi");

    private readonly ListeningProcess _process = new(
        Program,
        [
            "--container", container,
            "--environment", environment,
            "--urls", "http://127.0.0.1:0",
            "--contentRoot", Path.GetDirectoryName(Program)!,
            "--Openlayer:BaseUrl", $"{openlayer}",
            "--Openlayer:ApiKey", key,
            "--Openlayer:InferencePipelineId", "pipe-1",
            "--Openlayer:BatchDelay", "00:00:00.05",
            "--Openlayer:ShutdownTimeout", "00:00:05",
            "--Openlayer:OfflineBuffer:Path", Path.Combine(folder, "buffer"),
        ],
        folder);

    /// <summary>Where it listens, as soon as it does.</summary>
    public Task<Uri> Address => _process.AddressAsync(Listening());

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyCollection<string> Lines => _process.Lines;

    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end. Returns its exit code.</summary>
    public Task<int> ExitAsync() => _process.ExitAsync();

    public void Dispose() => _process.Dispose();

    [GeneratedRegex("^Listening on ([^,]+),")]
    private static partial Regex Listening();
}
