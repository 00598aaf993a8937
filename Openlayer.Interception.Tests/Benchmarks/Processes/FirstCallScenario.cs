using System.Diagnostics;
using Openlayer.Interception.Benchmarks.Services;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>The first calls of a process. Figures: the time of the first call, and of the first one with a record, in nanoseconds.</summary>
internal static class FirstCallScenario
{
    /// <param name="arguments">The variant.</param>
    public static Task<double[]> RunAsync(string[] arguments)
    {
        using var bench = new Bench(Enum.Parse<Variant>(arguments[0]));
        var customer = Customer.Example(1);
        var start = Stopwatch.GetTimestamp();
        bench.Service.Synchronous("question");
        var afterFirst = Stopwatch.GetTimestamp();
        bench.Service.Record(customer);
        var afterRecord = Stopwatch.GetTimestamp();
        return Task.FromResult(new[]
        {
            Stopwatch.GetElapsedTime(start, afterFirst).TotalNanoseconds,
            Stopwatch.GetElapsedTime(afterFirst, afterRecord).TotalNanoseconds,
        });
    }
}
