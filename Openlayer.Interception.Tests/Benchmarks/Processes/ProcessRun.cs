using System.Diagnostics;
using System.Globalization;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>
/// Runs one scenario in a process of its own. Some figures belong to a process: its processor time, its peak memory, its first call, its
/// garbage collector.
/// </summary>
internal static class ProcessRun
{
    /// <summary>The first argument of this program when it is the process of a scenario. The scenario's name and arguments follow.</summary>
    public const string Command = "scenario";

    private static readonly Dictionary<string, Func<string[], Task<double[]>>> Scenarios = new()
    {
        [nameof(DeliveryScenario)] = DeliveryScenario.RunAsync,
        [nameof(FirstCallScenario)] = FirstCallScenario.RunAsync,
        [nameof(ParallelScenario)] = ParallelScenario.RunAsync,
        [nameof(RegistrationsScenario)] = RegistrationsScenario.RunAsync,
    };

    /// <summary>Starts a process and returns the figures of its scenario.</summary>
    /// <exception cref="InvalidOperationException">The process failed.</exception>
    public static double[] Start(string scenario, bool isServerGc, params object[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        start.Environment["DOTNET_gcServer"] = isServerGc ? "1" : "0";
        Array.ForEach(
            [typeof(ProcessRun).Assembly.Location, Command, scenario, .. arguments.Select(static argument => argument.ToString()!)],
            start.ArgumentList.Add);
        if (Path.GetFileNameWithoutExtension(start.FileName) != "dotnet")
        {
            start.ArgumentList.RemoveAt(0);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? [.. output.Split(';').Select(static figure => double.Parse(figure, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"The process of {scenario} ended with {process.ExitCode}.");
    }

    /// <summary>Runs a scenario in this process and writes its figures.</summary>
    public static async Task RunAsync(string scenario, string[] arguments)
    {
        var figures = await Scenarios[scenario](arguments);
        Console.Write(string.Join(';', figures.Select(static figure => figure.ToString(CultureInfo.InvariantCulture))));
    }
}
