using System.Diagnostics;
using System.Text;

namespace Openlayer.Interception.Tests.Samples;

/// <summary>Runs the built sample as a process.</summary>
[Trait("Clock", "Real")]
public sealed class StreamingAgentTests
{
    private static readonly string Program = Repository.PathOf("StreamingAgent");

    [Fact]
    public async Task A_service_that_streams_over_an_agent_with_two_tools_is_one_tree()
    {
        var folder = Directory.CreateTempSubdirectory("streamingagent-");
        var start = new ProcessStartInfo("dotnet", ["exec", Program])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(static name => name.StartsWith("OPEN", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal("", await error);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(
            [
                (0, "ITripService.PlanAsync"),
                (1, "AIAgent.RunStreamingAsync"),
                (2, "OpenAI Chat Completion"),
                (2, "ITools.FindWeatherAsync"),
                (2, "ITools.FindTrainsAsync"),
                (2, "OpenAI Chat Completion"),
            ],
            Steps(await output));
        Assert.Equal([Path.Combine(folder.FullName, "traces.html")], Directory.GetFiles(folder.FullName));
        folder.Delete(recursive: true);
    }

    // The depth and name of each step in the printed tree.
    private static IEnumerable<(int Depth, string Name)> Steps(string output) => output.Split('\n')
        .Where(static line => line.Contains(" · ", StringComparison.Ordinal))
        .Select(static line => (line.TakeWhile(static character => !char.IsLetter(character)).Count() / 3, line.TrimStart('│', '├', '└', '─', ' ').Split(" · ")[0]));
}
