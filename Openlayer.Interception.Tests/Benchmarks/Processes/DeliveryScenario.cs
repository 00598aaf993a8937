using System.Diagnostics;
using System.Globalization;
using Openlayer.Interception.Benchmarks.Services;
using OpenTelemetry.Exporter;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>
/// Traces of a root and nine calls, in bursts, each until a server in another process has acknowledged it. Figures: the processor time of the
/// whole process for each trace when the code is optimized, in nanoseconds, and its peak memory in bytes. The peer sends the same with the exporter
/// of OpenTelemetry.
/// </summary>
internal static class DeliveryScenario
{
    private const int Calls = 9;

    /// <param name="arguments">The variant, the length of a burst, the number of traces, and the server's address.</param>
    public static async Task<double[]> RunAsync(string[] arguments)
    {
        var server = new Uri(arguments[3]);
        var burst = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var traces = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using var bench = new Bench(
            Enum.Parse<Variant>(arguments[0]),
            options =>
            {
                DrainingServer.Configure(options, server);
                options.MaxQueueLength = burst;
            },
            () => new OtlpTraceExporter(new OtlpExporterOptions { Protocol = OtlpExportProtocol.HttpProtobuf, Endpoint = server }),
            maxQueuedSpans: burst * (Calls + 1));

        // A single burst is not measured, but only checked.
        if (traces > burst)
        {
            await WarmUp.RunAsync(() => DeliverAsync(bench, burst, burst));
        }

        var before = ProcessorTime();
        await DeliverAsync(bench, burst, traces);
        return [(ProcessorTime() - before).TotalNanoseconds / traces, PeakMemory()];
    }

    private static async Task DeliverAsync(Bench bench, int burst, int traces)
    {
        for (var sent = 0; sent < traces; sent += burst)
        {
            bench.CallUnderRoots(burst, Calls);
            await bench.FlushAsync();
        }
    }

    private static TimeSpan ProcessorTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private static double PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
