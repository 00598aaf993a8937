using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>The source of the spans that the peers open.</summary>
internal static class Spans
{
    public const string SourceName = "Openlayer.Interception.Benchmarks";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>Records the spans of the peers through the SDK of OpenTelemetry.</summary>
    /// <param name="export">Creates their exporter. Default: null, one that drops them.</param>
    /// <param name="maxQueued">The number of spans that may wait for the exporter. Default: that of OpenTelemetry.</param>
    /// <param name="others">Further sources.</param>
    public static TracerProvider Record(Func<BaseExporter<Activity>>? export = null, int maxQueued = 2_048, params string[] others) =>
        Sdk.CreateTracerProviderBuilder()
            .AddSource([SourceName, .. others])
            .SetSampler(new AlwaysOnSampler())
            .AddProcessor(new BatchActivityExportProcessor(export?.Invoke() ?? new DroppingExporter(), maxQueued))
            .Build();
}
