using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The length of a run.</summary>
internal static class RunLength
{
    /// <summary>Long enough for ratios. Each benchmark has its own process, because code that has run for one variant is optimized for it.</summary>
    public static IConfig Short { get; } = Of(nameof(Short), runs: 1);

    /// <summary>The same five times, so that the figures are medians of five runs.</summary>
    public static IConfig Five { get; } = Of(nameof(Five), runs: 5);

    /// <summary>Runs each benchmark once, in this process, to check that it works. The figures are meaningless.</summary>
    public static IConfig Dry { get; } = ManualConfig.CreateEmpty()
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.DontLogOutput))
        .WithOptions(ConfigOptions.DisableLogFile);

    private static ManualConfig Of(string name, int runs) => ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.Default
        .WithId(name)
        .WithLaunchCount(runs)
        .WithEvaluateOverhead(false)

        // Optimizes code as soon as it is hot. By default, tiered compilation waits until no new code has run for a while.
        .WithEnvironmentVariable("DOTNET_TC_CallCountingDelayMs", "0")
        .WithWarmupCount(6)
        .WithIterationCount(5)
        .WithIterationTime(TimeInterval.FromMilliseconds(100)));
}
