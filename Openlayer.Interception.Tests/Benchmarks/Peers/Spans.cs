using System.Diagnostics;

namespace Openlayer.Interception.Benchmarks.Peers;

/// <summary>The source of the spans that the peers open.</summary>
internal static class Spans
{
    public const string SourceName = "Openlayer.Interception.Benchmarks";

    public static readonly ActivitySource Source = new(SourceName);
}
