using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing;

/// <summary>Enriches complete traces, and decides which are published. Thread-safe. Does not throw.</summary>
internal sealed class TraceFinisher(OpenlayerSettings settings, PublishingContext context, InternalLog log)
{
    /// <returns>Whether the trace is published.</returns>
    public bool Finish(OpenlayerTrace trace)
    {
        if (settings is { Enrich: [], Filter: null })
        {
            return true;
        }

        using (context.Suppress())
        {
            foreach (var enricher in settings.Enrich)
            {
                Run(enricher, trace);
            }

            return IsPublished(trace);
        }
    }

    private void Run(Action<OpenlayerTrace> enricher, OpenlayerTrace trace)
    {
        try
        {
            enricher(trace);
        }
        catch (Exception exception)
        {
            log.Report(PublishingEvents.EnricherFailed, exception);
        }
    }

    private bool IsPublished(OpenlayerTrace trace)
    {
        try
        {
            return settings.Filter?.Invoke(trace) ?? true;
        }
        catch (Exception exception)
        {
            log.Report(PublishingEvents.FilterFailed, exception);
            return true;
        }
    }
}
