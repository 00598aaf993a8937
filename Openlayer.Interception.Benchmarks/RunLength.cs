using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Openlayer.Interception.Benchmarks;

/// <summary>How long each benchmark is run. All in this process: starting one for each would take longer than the benchmarks.</summary>
internal static class RunLength
{
    /// <summary>Long enough for ratios.</summary>
    public static IConfig Short { get; } = ManualConfig.Create(DefaultConfig.Instance).AddJob(InProcess(Job.Default
        .WithId(nameof(Short))
        .WithWarmupCount(4)
        .WithIterationCount(7)
        .WithIterationTime(TimeInterval.FromMilliseconds(100))));

    /// <summary>Once, to see that it runs. Says nothing: there are no figures in it.</summary>
    public static IConfig Dry { get; } = ManualConfig.CreateEmpty()
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddJob(InProcess(Job.Dry))
        .WithOptions(ConfigOptions.DisableLogFile);

    private static Job InProcess(Job job) => job.WithToolchain(InProcessEmitToolchain.DontLogOutput);
}
