using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Rows;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>Writes traces as rows, each once and directly as UTF-8. Feedback is written when it is given. Not thread-safe.</summary>
internal sealed class RowWriter(OpenlayerSettings settings, DeliveryMeter meter, PublishingContext context, InternalLog log)
{
    // The buffer of one large row is released.
    private const int LargestKeptBuffer = 1024 * 1024;

    private JsonBuffer _json = new();
    private RowConfig? _lastConfig;
    private DataStreamTarget? _lastTarget;
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
            var json = Json(row, static (row, json) => row.WriteTo(json));
            trace.CollectAttachments();
            return new PendingRow(TargetOf(pipelineId, row.Config), json)
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

    /// <summary>The target of a row. Consecutive rows mostly have the same.</summary>
    private DataStreamTarget TargetOf(string pipelineId, RowConfig config)
    {
        if (_lastTarget?.PipelineId != pipelineId || !config.Equals(_lastConfig))
        {
            _lastTarget = new DataStreamTarget(pipelineId, Json(config, static (config, json) => config.WriteTo(json)));
            _lastConfig = config;
        }

        return _lastTarget;
    }

    private ReadOnlyMemory<byte> Json<T>(T value, Action<T, JsonBuffer> write)
    {
        if (_json.Capacity > LargestKeptBuffer)
        {
            _json = new JsonBuffer();
        }

        _json.Clear();
        write(value, _json);
        var json = GC.AllocateUninitializedArray<byte>(_json.Written.Length);
        _json.Written.CopyTo(json);
        return json;
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
