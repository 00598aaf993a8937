using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.ModelClients;

/// <summary>A streamed response of a model client's method. Not thread-safe: see its reader.</summary>
internal sealed class StreamedResponse(ResponseReader reader, InternalLog log) : IStreamedResponse
{
    public bool HasContent => reader.HasContent;

    public bool CanBeEmpty => reader.IsRetrieval;

    public bool Add(object item, Step step)
    {
        try
        {
            return reader.Add(item);
        }
        catch (Exception)
        {
            ModelMethod.ReportUnrecognized(item.GetType(), step, log);
            return false;
        }
    }

    public void RecordTo(Step step, Type itemType, bool withOutput)
    {
        try
        {
            reader.WriteTo(step, withOutput, isStream: true);
            if (withOutput && step is ModelStep request)
            {
                request.RawOutput = reader.ToRawOutput();
            }

            if (!reader.HasData && !CanBeEmpty)
            {
                ModelMethod.ReportUnrecognized(itemType, step, log);
            }
        }
        catch (Exception exception)
        {
            log.Report(ModelClientEvents.ResponseNotRecorded, exception);
        }
    }

    public void RecordFailure(Step step, Exception exception) => ProviderError.Record(step, exception, log);

    public IStreamedResponse ForNextEnumeration() => new StreamedResponse(reader.ForNextEnumeration(), log);
}
