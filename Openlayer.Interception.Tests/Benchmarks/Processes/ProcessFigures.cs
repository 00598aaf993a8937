using System.Globalization;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>The figures of all scenarios. Each is the median of several runs, in which the variants take turns.</summary>
internal sealed class ProcessFigures
{
    private const int Runs = 5;

    private readonly Dictionary<string, double[][]> _runs = [];

    private ProcessFigures()
    {
    }

    /// <summary>The lengths of the bursts in which traces are delivered.</summary>
    public static int[] Bursts { get; } = [500, 20_000];

    /// <summary>Runs every scenario five times.</summary>
    public static ProcessFigures Measure() => Run(Runs, isShort: false);

    /// <summary>Runs every scenario once, to check that it works. The figures are meaningless.</summary>
    public static ProcessFigures Check() => Run(1, isShort: true);

    /// <summary>The processor time of a delivered trace, in nanoseconds, and the peak memory of the process, in bytes.</summary>
    public (double Nanoseconds, double Bytes) Delivery(Variant variant, int burst) => Pair(nameof(DeliveryScenario), variant, burst);

    /// <summary>The time of the first call of a process, and of the first one with a record after it, in nanoseconds.</summary>
    public (double Call, double Record) FirstCall(Variant variant) => Pair(nameof(FirstCallScenario), variant);

    /// <summary>The throughput of two threads to that of one, and the time of a call on two threads in nanoseconds.</summary>
    public (double Scaling, double Nanoseconds) Parallel(Variant variant, bool isServerGc) => Pair(nameof(ParallelScenario), variant, isServerGc);

    /// <summary>The time of a registration's first resolution and call, in nanoseconds.</summary>
    public double Registration(Variant variant) => Median(0, nameof(RegistrationsScenario), variant);

    /// <summary>Writes all figures as a Markdown table.</summary>
    public void WriteTo(TextWriter output)
    {
        output.WriteLine("| scenario | median | lowest to highest |");
        output.WriteLine("| --- | ---: | ---: |");
        foreach (var (scenario, runs) in _runs)
        {
            for (var figure = 0; figure < runs[0].Length; figure++)
            {
                var values = Sorted(runs, figure);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {scenario}, figure {figure + 1} | {values[values.Length / 2]:#,0.##} | {values[0]:#,0.##} to {values[^1]:#,0.##} |"));
            }
        }
    }

    private static ProcessFigures Run(int runs, bool isShort)
    {
        using var server = DrainingServer.Start();
        Scenario[] scenarios =
        [
            .. from burst in Bursts
               from variant in new[] { Variant.AsyncInterceptorSpan, Variant.Traced }
               select new Scenario(nameof(DeliveryScenario), [variant, burst], [isShort ? burst : 100_000, server.Address]),
            .. from variant in new[] { Variant.Castle, Variant.AsyncInterceptorSpan, Variant.Traced }
               select new Scenario(nameof(FirstCallScenario), [variant], []),
            .. from isServerGc in new[] { false, true }
               from variant in new[] { Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Traced }
               select new Scenario(nameof(ParallelScenario), [variant, isServerGc], [isShort ? 1 : 20_000]) { IsServerGc = isServerGc },
            .. from variant in new[] { Variant.Castle, Variant.Traced }
               select new Scenario(nameof(RegistrationsScenario), [variant], [isShort ? 2 : 501]),
        ];

        var figures = new ProcessFigures();
        foreach (var scenario in scenarios)
        {
            figures._runs[scenario.Key] = new double[runs][];
        }

        for (var run = 0; run < runs; run++)
        {
            foreach (var scenario in scenarios)
            {
                figures._runs[scenario.Key][run] = ProcessRun.Start(scenario.Name, scenario.IsServerGc, [.. scenario.Arguments, .. scenario.Rest]);
            }
        }

        return figures;
    }

    private static string KeyOf(string scenario, object[] arguments) => $"{scenario} {string.Join(' ', arguments)}";

    private static double[] Sorted(double[][] runs, int figure) => [.. runs.Select(run => run[figure]).Order()];

    private (double, double) Pair(string scenario, params object[] arguments) => (Median(0, scenario, arguments), Median(1, scenario, arguments));

    private double Median(int figure, string scenario, params object[] arguments)
    {
        var values = Sorted(_runs[KeyOf(scenario, arguments)], figure);
        return values[values.Length / 2];
    }

    /// <param name="Name">The class of the scenario.</param>
    /// <param name="Arguments">The arguments that tell its figures apart.</param>
    /// <param name="Rest">Further arguments.</param>
    private sealed record Scenario(string Name, object[] Arguments, object[] Rest)
    {
        public bool IsServerGc { get; init; }

        public string Key => KeyOf(Name, Arguments);
    }
}
