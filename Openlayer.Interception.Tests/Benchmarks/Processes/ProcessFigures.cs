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

    /// <summary>Runs every scenario five times.</summary>
    public static ProcessFigures Measure() => Run(Runs, isShort: false);

    /// <summary>Runs every scenario once, to check that it works. The figures are meaningless.</summary>
    public static ProcessFigures Check() => Run(1, isShort: true);

    /// <summary>The median of a figure.</summary>
    /// <param name="figure">The figure's position in the scenario's figures.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="isServerGc">Whether the process has the server garbage collector.</param>
    /// <param name="arguments">The arguments that the scenario's row in the table names.</param>
    public double Median(int figure, string scenario, bool isServerGc, params object[] arguments)
    {
        var values = _runs[Key(scenario, isServerGc, arguments)].Select(run => run[figure]).Order().ToArray();
        return values[values.Length / 2];
    }

    /// <summary>Writes the medians as a Markdown table.</summary>
    public void WriteTo(TextWriter output)
    {
        output.WriteLine("| scenario | median | lowest to highest |");
        output.WriteLine("| --- | ---: | ---: |");
        foreach (var (key, runs) in _runs)
        {
            for (var figure = 0; figure < runs[0].Length; figure++)
            {
                var values = runs.Select(run => run[figure]).Order().ToArray();
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {key} | {values[values.Length / 2]:#,0.##} | {values[0]:#,0.##} to {values[^1]:#,0.##} |"));
            }
        }
    }

    private static ProcessFigures Run(int runs, bool isShort)
    {
        using var server = DrainingServer.Start();
        (string Scenario, bool IsServerGc, object[] Arguments, object[] Lengths)[] processes =
        [
            .. from burst in new[] { 500, 20_000 }
               from variant in new[] { Variant.AsyncInterceptorSpan, Variant.Traced }
               select (nameof(DeliveryScenario), false, new object[] { variant, burst }, new object[] { isShort ? burst : 100_000, server.Address }),
            .. from variant in new[] { Variant.Castle, Variant.AsyncInterceptorSpan, Variant.Traced }
               select (nameof(FirstCallScenario), false, new object[] { variant }, Array.Empty<object>()),
            .. from isServerGc in new[] { false, true }
               from variant in new[] { Variant.AsyncInterceptorSpan, Variant.DecoratorSpan, Variant.Traced }
               select (nameof(ParallelScenario), isServerGc, new object[] { variant }, new object[] { isShort ? 1 : 20_000 }),
            .. from variant in new[] { Variant.Castle, Variant.Traced }
               select (nameof(RegistrationsScenario), false, new object[] { variant }, new object[] { isShort ? 2 : 501 }),
        ];

        var figures = new ProcessFigures();
        foreach (var (scenario, isServerGc, arguments, lengths) in processes)
        {
            figures._runs[Key(scenario, isServerGc, arguments)] = new double[runs][];
        }

        for (var run = 0; run < runs; run++)
        {
            foreach (var (scenario, isServerGc, arguments, lengths) in processes)
            {
                figures._runs[Key(scenario, isServerGc, arguments)][run] = ProcessRun.Start(scenario, isServerGc, [.. arguments, .. lengths]);
            }
        }

        return figures;
    }

    private static string Key(string scenario, bool isServerGc, object[] arguments) => $"{scenario} {isServerGc} {string.Join(' ', arguments)}";
}
