using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Tests.Services;

/// <summary>A program as a process that prints where it listens. Disposing this kills it. Thread-safe.</summary>
internal sealed class ListeningProcess : IDisposable
{
    private readonly Process _process;
    private readonly object _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(Regex Line, TaskCompletionSource<Uri> Address)> _awaited = [];
    private bool _hasEnded;

    /// <param name="program">The program: an executable, or an assembly that is run by <c>dotnet exec</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">The folder that it runs in. Null for the current one.</param>
    /// <param name="environment">Variables to set. Those of Openlayer and OpenTelemetry in the tests' own environment are not passed on.</param>
    public ListeningProcess(string program, string[] arguments, string? folder = null, params (string Name, string Value)[] environment)
    {
        var isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isAssembly ? "dotnet" : program, isAssembly ? ["exec", program, .. arguments] : arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("OPEN", StringComparison.Ordinal) || name.StartsWith("OTEL", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => Ended();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>What it has printed so far.</summary>
    public string[] Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>The address in the first line that matches, as soon as it is printed. Fails with all lines if the process ends before.</summary>
    /// <param name="line">Matches the line. Its first group is the address.</param>
    public Task<Uri> AddressAsync(Regex line)
    {
        lock (_gate)
        {
            if (_lines.Select(printed => line.Match(printed)).FirstOrDefault(static match => match.Success) is { } known)
            {
                return Task.FromResult(new Uri(known.Groups[1].Value));
            }

            var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_hasEnded)
            {
                address.SetException(Failure());
            }
            else
            {
                _awaited.Add((line, address));
            }

            return address.Task;
        }
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

    private void Read(string? printed)
    {
        if (printed is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(printed);
            foreach (var (line, address) in _awaited)
            {
                if (line.Match(printed) is { Success: true } match)
                {
                    address.TrySetResult(new Uri(match.Groups[1].Value));
                }
            }
        }
    }

    private void Ended()
    {
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var (_, address) in _awaited)
            {
                address.TrySetException(Failure());
            }
        }
    }

    private InvalidOperationException Failure() => new(string.Join('\n', _lines));
}
