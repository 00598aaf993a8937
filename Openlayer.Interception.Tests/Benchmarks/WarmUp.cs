using System.Diagnostics;

namespace Openlayer.Interception.Benchmarks;

/// <summary>
/// Runs a benchmark of much code until that is optimized, which takes seconds. BenchmarkDotNet decides by the first calls how many an iteration
/// has. If they were slow, iterations would be so short that the code is not optimized when they are over.
/// </summary>
internal static class WarmUp
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(8);

    /// <summary>Whether figures are wanted. True by default.</summary>
    public static bool IsWanted { get; set; } = true;

    public static async Task RunAsync(Func<Task> benchmark)
    {
        for (var began = Stopwatch.GetTimestamp(); IsWanted && Stopwatch.GetElapsedTime(began) < Length;)
        {
            await benchmark();
        }
    }
}
