using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>The test host as a process, and what it has printed so far.</summary>
internal sealed class TestHost : IDisposable
{
    private static readonly string Program = Repository.PathOf("TestHost");

    private readonly Process _process;
    private readonly ConcurrentQueue<(string Id, DateTimeOffset At)> _completed = new();
    private readonly ConcurrentQueue<(string Text, DateTimeOffset At)> _lines = new();
    private readonly TaskCompletionSource _allCompleted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TestHost(Uri server, string folder, int count, int millisecondsBetween, params string[] modes)
    {
        // A process that is to crash leaves no core file.
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("dotnet") : new ProcessStartInfo("sh");
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, true, false);
        foreach (var argument in OperatingSystem.IsWindows() ? [] : new[] { "-c", "ulimit -c 0; exec dotnet \"$@\"", "sh" })
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var argument in new[] { Program, server.ToString(), folder, Text(count), Text(millisecondsBetween) }.Concat(modes))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var variable in new[] { "OPENLAYER_DISABLE_PUBLISH", "OPENLAYER_CUSTOM_HEADERS", "OPENLAYER_VERIFY_SSL" })
        {
            start.Environment.Remove(variable);
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Every other line it has printed, and when it was read.</summary>
    public IReadOnlyCollection<(string Text, DateTimeOffset At)> Lines => _lines;

    public int ExitCode => _process.ExitCode;

    /// <summary>The traces it has completed, and when.</summary>
    public IReadOnlyCollection<(string Id, DateTimeOffset At)> Completed => _completed;

    /// <summary>Completes when it has completed all its traces.</summary>
    public Task AllCompleted => _allCompleted.Task;

    /// <summary>Calls the function of a host with the mode <c>calls</c>. It prints <c>answered</c>.</summary>
    public void Call() => _process.StandardInput.WriteLine("call");

    public void Kill() => _process.Kill();

    public void Terminate() => Signal("TERM");

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Text(_process.Id)]);
        kill.WaitForExit();
    }

    public Task ExitAsync() => _process.WaitForExitAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private void Read(string? line)
    {
        if (line is "completed")
        {
            _allCompleted.SetResult();
        }
        else if (line?.Split(' ') is [{ Length: 36 } id, var at])
        {
            _completed.Enqueue((id, DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture))));
        }
        else if (line is not null)
        {
            _lines.Enqueue((line, DateTimeOffset.UtcNow));
        }
    }
}
