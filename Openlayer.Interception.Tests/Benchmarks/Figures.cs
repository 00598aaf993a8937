using BenchmarkDotNet.Reports;

namespace Openlayer.Interception.Benchmarks;

/// <summary>The figures of a run, by benchmark.</summary>
internal sealed class Figures(IEnumerable<Summary> summaries)
{
    private readonly Dictionary<string, (double Nanoseconds, double Bytes)> _figures = summaries
        .SelectMany(static summary => summary.Reports)
        .Where(static report => report.ResultStatistics is not null)
        .ToDictionary(
            static report => Key(
                report.BenchmarkCase.Descriptor.Type,
                report.BenchmarkCase.Descriptor.WorkloadMethod.Name,
                [.. report.BenchmarkCase.Parameters.Items.Select(static item => item.Value)]),
            static report => (report.ResultStatistics!.Median, (double?)report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0));

    /// <summary>The median time of an operation, in nanoseconds. NaN if it was not measured.</summary>
    public double Time<TBenchmarks>(string method, params object[] parameters) =>
        _figures.TryGetValue(Key(typeof(TBenchmarks), method, parameters), out var figure) ? figure.Nanoseconds : double.NaN;

    /// <summary>The bytes allocated by an operation. NaN if they were not measured.</summary>
    public double Bytes<TBenchmarks>(string method, params object[] parameters) =>
        _figures.TryGetValue(Key(typeof(TBenchmarks), method, parameters), out var figure) ? figure.Bytes : double.NaN;

    private static string Key(Type type, string method, object?[] parameters) =>
        $"{type.Name}.{method}({string.Join(", ", parameters.Select(static parameter => parameter?.ToString()).Order(StringComparer.Ordinal))})";
}
