using System.Buffers;
using System.Text.Json;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Writes traces as rows, each once and directly as UTF-8. Feedback is written when it is given. Not thread-safe.</summary>
internal sealed class RowWriter(OpenlayerSettings settings, DeliveryMeter meter, PublishingContext context, InternalLog log)
{
    // The buffer of one large row is released.
    private const int LargestKeptOutput = 1024 * 1024;

    private ArrayBufferWriter<byte> _output = new();
    private bool _hasWarned;

    /// <summary>The trace as a row; null if no API key or pipeline is set, or if it cannot be written. It is then counted.</summary>
    public PendingRow? Write(AcceptedTrace accepted)
    {
        if (accepted.Update is { } update)
        {
            return new PendingRow(new DataStreamTarget(update.PipelineId ?? settings.InferencePipelineId!, update.Config) { UpdatedId = update.InferenceId }, update.Row)
            {
                InferenceId = update.InferenceId,
                Update = update,
                Number = accepted.Number,
                QueuedAt = accepted.At,
                FlushPoint = accepted.FlushPoint,
            };
        }

        var row = Write(accepted, accepted.Trace!);
        if (row is null)
        {
            accepted.Trace!.ReleaseAttachments();
        }

        return row;
    }

    private PendingRow? Write(AcceptedTrace accepted, OpenlayerTrace trace)
    {
        var pipelineId = trace.InferencePipelineId?.Trim() ?? settings.InferencePipelineId;
        if (pipelineId is not null && (pipelineId.Length == 0 || !OpenlayerOptions.IsPipelineId(pipelineId)))
        {
            meter.Failed.Add(1);
            log.Report(DeliveryEvents.PipelineNotValid);
            return null;
        }

        if (settings.ApiKey is null || pipelineId is null)
        {
            WarnOnce();
            meter.NotSent.Add(1);
            return null;
        }

        try
        {
            var row = new Row(trace);
            var json = Json(row.WriteTo);
            trace.CollectAttachments();
            return new PendingRow(new DataStreamTarget(pipelineId, Json(row.Config.WriteTo)), json)
            {
                InferenceId = trace.InferenceId,
                Number = accepted.Number,
                QueuedAt = accepted.At,
                FlushPoint = accepted.FlushPoint,
                OnFailure = trace.OnFlushFailure,
                Attachments = RowAttachments.Of(json, trace.HeldAttachments),
            };
        }
        catch (Exception exception)
        {
            meter.Failed.Add(1);
            log.Report(DeliveryEvents.RowNotWritten, exception);
            return null;
        }
    }

    private ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        if (_output.Capacity > LargestKeptOutput)
        {
            _output = new ArrayBufferWriter<byte>();
        }

        _output.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_output, CapturedValueWriter.JsonOptions))
        {
            write(writer);
        }

        return _output.WrittenSpan.ToArray();
    }

    private void WarnOnce()
    {
        if (_hasWarned)
        {
            return;
        }

        _hasWarned = true;
        string[] missing =
        [
            .. settings.ApiKey is null ? ["OpenlayerOptions.ApiKey or OPENLAYER_API_KEY"] : Array.Empty<string>(),
            .. settings.InferencePipelineId is null
                ? ["OpenlayerOptions.InferencePipelineId or OPENLAYER_INFERENCE_PIPELINE_ID"]
                : Array.Empty<string>(),
        ];
        context.Log(DeliveryEvents.NotConfigured, string.Join(", and ", missing));
    }
}
