using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace Openlayer.Interception.Benchmarks;

/// <summary>How long each benchmark is run.</summary>
internal static class RunLength
{
    /// <summary>Long enough for ratios, each in a process of its own: code that has run for another variant is compiled for that one.</summary>
    public static IConfig Short { get; } = ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.Default
        .WithId(nameof(Short))
        .WithEvaluateOverhead(false)

        // Code is compiled for good as soon as it is hot, not when nothing new has run for a while: else it would not be in so short a time.
        .WithEnvironmentVariable("DOTNET_TC_CallCountingDelayMs", "0")
        .WithWarmupCount(6)
        .WithIterationCount(5)
        .WithIterationTime(TimeInterval.FromMilliseconds(100)));

    /// <summary>Once and in this process, to see that it runs. Says nothing: there are no figures in it.</summary>
    public static IConfig Dry { get; } = ManualConfig.CreateEmpty()
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddJob(Job.Dry.WithToolchain(InProcessEmitToolchain.DontLogOutput))
        .WithOptions(ConfigOptions.DisableLogFile);
}
