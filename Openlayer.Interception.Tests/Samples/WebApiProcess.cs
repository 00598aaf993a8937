using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Samples;

/// <summary>The built sample as a process on a free port. It writes its files to a folder, and sends its traces to a server.</summary>
internal sealed partial class WebApiProcess : IDisposable
{
    private static readonly string Program = Repository.PathOf("WebApi");

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WebApiProcess(string container, string folder, Uri openlayer, string environment = "Production")
    {
        string[] arguments =
        [
            "exec", Program,
            "--container", container,
            "--environment", environment,
            "--urls", "http://127.0.0.1:0",
            "--contentRoot", Path.GetDirectoryName(Program)!,
            "--Openlayer:BaseUrl", $"{openlayer}",
            "--Openlayer:ApiKey", "test-key",
            "--Openlayer:InferencePipelineId", "pipe-1",
            "--Openlayer:BatchDelay", "00:00:00.05",
            "--Openlayer:ShutdownTimeout", "00:00:05",
            "--Openlayer:OfflineBuffer:Path", Path.Combine(folder, "buffer"),
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("OPEN", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException(string.Join('\n', _lines)));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, as soon as it does.</summary>
    public Task<Uri> Address => _address.Task;

    /// <summary>What it has printed so far.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end. Returns its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Read(string? line)
    {
        if (line is null)
        {
            return;
        }

        _lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
        {
            _address.TrySetResult(new Uri(match.Groups[1].Value));
        }
    }

    [GeneratedRegex("^Listening on ([^,]+),")]
    private static partial Regex Listening();
}
