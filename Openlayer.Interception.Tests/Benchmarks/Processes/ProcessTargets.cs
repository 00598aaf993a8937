namespace Openlayer.Interception.Benchmarks.Processes;

/// <summary>The performance targets of a process.</summary>
internal static class ProcessTargets
{
    private const double Millisecond = 1_000_000;

    private static readonly (Variant Variant, string Name)[] Peers = [(Variant.AsyncInterceptorSpan, "AsyncInterceptor's"), (Variant.DecoratorSpan, "the decorator's")];

    public static IEnumerable<Target> Of(ProcessFigures figures) =>
    [
        .. ProcessFigures.Bursts.SelectMany(burst => Delivery(figures, burst)),
        Target.AtMost(
            "the first traced call of a process: ms over Castle's", 15, (figures.FirstCall(Variant.Traced).Call - figures.FirstCall(Variant.Castle).Call) / Millisecond),
        Target.AtMost(
            "the first traced call with a record, after it: ms over Castle's", 15, (figures.FirstCall(Variant.Traced).Record - figures.FirstCall(Variant.Castle).Record) / Millisecond),
        .. from isServerGc in new[] { false, true }
           from peer in Peers
           from target in Parallel(figures, isServerGc, peer.Variant, peer.Name)
           select target,
        Target.AtMost(
            "500 registrations, the first resolution and call of each: time to Castle's", 1.2, figures.Registration(Variant.Traced) / figures.Registration(Variant.Castle)),
    ];

    private static IEnumerable<Target> Delivery(ProcessFigures figures, int burst)
    {
        var (ours, theirs) = (figures.Delivery(Variant.Traced, burst), figures.Delivery(Variant.AsyncInterceptorSpan, burst));
        yield return Target.AtMost($"ten steps delivered, in bursts of {burst:#,0}: processor time to OTLP's", 1, ours.Nanoseconds / theirs.Nanoseconds);
        yield return Target.AtMost($"ten steps delivered, in bursts of {burst:#,0}: peak memory to OTLP's", 1, ours.Bytes / theirs.Bytes);
    }

    private static IEnumerable<Target> Parallel(ProcessFigures figures, bool isServerGc, Variant peer, string name)
    {
        var collector = isServerGc ? "server GC" : "workstation GC";
        var (ours, theirs) = (figures.Parallel(Variant.Traced, isServerGc), figures.Parallel(peer, isServerGc));
        yield return Target.AtLeast($"two threads, {collector}: throughput to {name}", 1, theirs.Nanoseconds / ours.Nanoseconds);
        yield return Target.AtLeast($"two threads, {collector}: gain over one thread, to {name}", 1, ours.Scaling / theirs.Scaling);
    }
}
