using System.Diagnostics;
using OpenTelemetry;

namespace Openlayer.Interception.Benchmarks.Peers;

public sealed class DroppingExporter : BaseExporter<Activity>
{
    public override ExportResult Export(in Batch<Activity> batch) => ExportResult.Success;
}
