using System.Diagnostics;
using System.Text;
using Openlayer.Interception.Tests.Publishing.Buffer;

namespace Openlayer.Interception.Tests.Publishing;

/// <summary>A process that prints its traces on a terminal, which the command <c>script</c> provides, or into a pipe.</summary>
[Trait("Clock", "Real")]
public sealed class ConsoleOnATerminalTests : IDisposable
{
    private const int Width = 60;
    private const string Colored = "\u001b[1mtrace\u001b[0m";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task On_a_terminal_the_tree_is_coloured_and_no_wider_than_it()
    {
        var line = await LineOnATerminalAsync(("TERM", "xterm"));

        Assert.StartsWith(Colored, line, StringComparison.Ordinal);
        var text = line.Replace("\u001b[0m", "", StringComparison.Ordinal).Replace("\u001b[1m", "", StringComparison.Ordinal).Replace("\u001b[2m", "", StringComparison.Ordinal);
        Assert.Equal(Width - 1, text.Length);
        Assert.EndsWith("x…", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NO_COLOR", "1")]
    [InlineData("TERM", "dumb")]
    public async Task On_a_terminal_without_colours_and_for_a_user_who_wants_none_the_tree_is_plain(string variable, string value) =>
        Assert.DoesNotContain('\u001b', await LineOnATerminalAsync(("TERM", "xterm"), (variable, value)));

    [Fact]
    public async Task In_a_pipe_the_tree_is_plain()
    {
        var line = LineOfTrace(await RunAsync("dotnet", ["exec", .. Arguments], ("TERM", "xterm")));

        Assert.DoesNotContain('\u001b', line);
        Assert.True(line.Length > Width);
    }

    private string[] Arguments => [Repository.PathOf("TestHost"), "http://127.0.0.1:9", _folder.Path, "1", "0", "no-buffer", "console", "dispose"];

    private async Task<string> LineOnATerminalAsync(params (string Name, string Value)[] environment)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "There is no command that provides a terminal.");
        var command = $"stty cols {Width} && dotnet exec {string.Join(' ', Arguments.Select(static argument => $"'{argument}'"))}";
        return LineOfTrace(await RunAsync("script", ["-qec", command, "/dev/null"], environment));
    }

    private static string LineOfTrace(string output) =>
        output.Split('\n').Select(static line => line.TrimEnd('\r')).Single(static line => line.Contains("user call", StringComparison.Ordinal));

    private static async Task<string> RunAsync(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true, StandardOutputEncoding = Encoding.UTF8 };
        start.Environment.Remove("NO_COLOR");
        start.Environment["OPENLAYER_DISABLE_PUBLISH"] = "true";
        start.Environment["LANG"] = "C.UTF-8";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output;
    }
}
