using System.Diagnostics;
using System.Globalization;

namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>
/// The same number of calls on one thread and on two. Figures: the throughput of two threads to that of one, and the time of a call on two threads
/// in nanoseconds.
/// </summary>
internal static class ParallelScenario
{
    private const int Calls = 9;
    private const int Rounds = 9;

    /// <param name="arguments">The variant, whether the process has the server garbage collector, and the number of roots on each thread.</param>
    public static Task<double[]> RunAsync(string[] arguments)
    {
        using var bench = new Bench(Enum.Parse<Variant>(arguments[0]));
        var roots = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using var one = new SideBySide(1, Call);
        using var two = new SideBySide(2, Call);
        var times = Enumerable.Range(0, Rounds).Select(_ => (One: Time(one), Two: Time(two))).ToArray();
        var (onOne, onTwo) = (times.Min(static round => round.One), times.Min(static round => round.Two));
        return Task.FromResult(new[] { 2 * onOne / onTwo, onTwo / (2.0 * roots * Calls) });

        void Call() => bench.CallUnderRoots(roots, Calls);
    }

    private static double Time(SideBySide threads)
    {
        var start = Stopwatch.GetTimestamp();
        threads.Run();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds;
    }
}
