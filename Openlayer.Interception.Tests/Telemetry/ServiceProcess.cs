using System.Diagnostics;

namespace Openlayer.Interception.Tests.Telemetry;

/// <summary>A traced service as a process on a free port.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly Process _process;
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _lines = [];

    /// <param name="name">Its name.</param>
    /// <param name="spans">The receiver of its spans.</param>
    /// <param name="rows">The receiver of its rows.</param>
    /// <param name="search">The service that it calls, if it calls one.</param>
    public ServiceProcess(string name, Uri spans, string rows, Uri? search = null)
    {
        string[] arguments = ["exec", Repository.PathOf("Service"), name, $"{spans}", rows, .. search is null ? [] : new[] { $"{search}" }];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var variable in start.Environment.Keys.Where(static name => name.StartsWith("OPENLAYER", StringComparison.Ordinal) || name.StartsWith("OTEL", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => Fail();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens, as soon as it does.</summary>
    public Task<Uri> Address => _address.Task;

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

        lock (_lines)
        {
            _lines.Add(line);
        }

        if (line.Split(' ') is ["Listening", "on", var address])
        {
            _address.TrySetResult(new Uri(address));
        }
    }

    private void Fail()
    {
        lock (_lines)
        {
            _address.TrySetException(new InvalidOperationException(string.Join('\n', _lines)));
        }
    }
}
