using System.Net;
using System.Text.Json;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Feedback on its way to a row: captured and written when it was given, and what becomes of it. In the form of <c>rows.update</c> of Openlayer's
/// SDKs: a row of the columns that change, and a config that names the columns with a role. Thread-safe.
/// </summary>
internal sealed class RowUpdate
{
    private const string HumanFeedback = "human_feedback";

    // A row can be stored a moment after it was acknowledged.
    private const int TriesOfUnknownRow = 3;

    private static readonly ReadOnlyMemory<byte> NoConfig = "{}"u8.ToArray();

    private readonly TaskCompletionSource<FeedbackOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RowUpdate(string inferenceId, string? pipelineId, ReadOnlyMemory<byte> row, ReadOnlyMemory<byte> config)
    {
        InferenceId = inferenceId;
        PipelineId = pipelineId;
        Row = row;
        Config = config;
    }

    /// <summary>How often an update is tried whose row Openlayer does not know.</summary>
    /// <param name="maxTries">How often any request is tried.</param>
    public static int MaxTriesOfUnknownRow(int maxTries) => Math.Min(TriesOfUnknownRow, maxTries);

    /// <summary>The row that is updated.</summary>
    public string InferenceId { get; }

    /// <summary>The pipeline that has the row. Null for that of the options.</summary>
    public string? PipelineId { get; }

    /// <summary>The columns that change, as JSON.</summary>
    public ReadOnlyMemory<byte> Row { get; }

    /// <summary>The names of the columns with a role, as JSON. An empty object if there are none.</summary>
    public ReadOnlyMemory<byte> Config { get; }

    public Task<FeedbackOutcome> Outcome => _outcome.Task;

    /// <exception cref="ArgumentException">Nothing is set, or the pipeline is not valid.</exception>
    public static RowUpdate Of(string inferenceId, RowFeedback feedback, ValueCapture capture)
    {
        var pipelineId = feedback.InferencePipelineId?.Trim();
        if (pipelineId is not null && (pipelineId.Length == 0 || !OpenlayerOptions.IsPipelineId(pipelineId)))
        {
            throw new ArgumentException($"{nameof(RowFeedback)}.{nameof(RowFeedback.InferencePipelineId)} must {OpenlayerOptions.PipelineIdRule}.", nameof(feedback));
        }

        var columns = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in feedback.Columns)
        {
            columns[capture.CaptureName(name)] = capture.Capture(name, value);
        }

        Add(Rows.Row.GroundTruth, feedback.GroundTruth);
        Add(HumanFeedback, feedback.HumanFeedback);
        return columns.Count > 0
            ? new RowUpdate(inferenceId, pipelineId, CapturedValueWriter.Json(writer => WriteRow(writer, columns)), ConfigOf(feedback))
            : throw new ArgumentException(
                $"The feedback is empty: set {nameof(RowFeedback.HumanFeedback)}, {nameof(RowFeedback.GroundTruth)} or {nameof(RowFeedback.Columns)}.",
                nameof(feedback));

        void Add(string name, object? value)
        {
            if (value is not null)
            {
                columns[name] = capture.Capture(name, value);
            }
        }
    }

    public void Complete(FeedbackOutcome outcome) => _outcome.TrySetResult(outcome);

    /// <summary>Ends the wait with an exception. If no caller waits any more, the exception counts as observed.</summary>
    /// <param name="failure">Why it was not acknowledged.</param>
    public void Fail(FeedbackException failure)
    {
        if (_outcome.TrySetException(failure))
        {
            _ = _outcome.Task.Exception;
        }
    }

    /// <summary>Fails because of the last request with it.</summary>
    public void Fail(Exception? cause) => Fail(new FeedbackException(InferenceId, $"The feedback for the row '{InferenceId}' was not sent. {Advice(cause)}", cause));

    /// <summary>Fails because there is no room, or no tracer any more.</summary>
    public void Drop() => Fail(new FeedbackException(
        InferenceId,
        $"The feedback for the row '{InferenceId}' was not sent: the tracer was disposed, or there was no room (OpenlayerOptions.MaxQueueLength). OpenlayerOptions.OfflineBuffer would keep it.",
        cause: null));

    private static string Advice(Exception? cause) => (cause as HttpRequestException)?.StatusCode switch
    {
        HttpStatusCode.NotFound =>
            "Openlayer has no such row in the pipeline (status 404). Check that the id is the InferenceId of a trace that was sampled and sent, and that the pipeline is the trace's: OpenlayerOptions.InferencePipelineId or RowFeedback.InferencePipelineId.",
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            $"{FailureCause.Describe(cause)} Correct OpenlayerOptions.ApiKey or OPENLAYER_API_KEY.",
        HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity =>
            $"Openlayer refused it (status {(int)((HttpRequestException)cause!).StatusCode!}). Check the id, and the names and values of the columns.",
        _ => $"{FailureCause.Describe(cause)} Send it again later, or set OpenlayerOptions.OfflineBuffer, which keeps it.",
    };

    private static void WriteRow(Utf8JsonWriter writer, Dictionary<string, object?> columns)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in columns)
        {
            writer.WritePropertyName(name);
            writer.WriteCapturedValue(value);
        }

        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> ConfigOf(RowFeedback feedback) => feedback is { GroundTruth: null, HumanFeedback: null }
        ? NoConfig
        : CapturedValueWriter.Json(writer =>
        {
            writer.WriteStartObject();
            if (feedback.GroundTruth is not null)
            {
                writer.WriteString("groundTruthColumnName"u8, Rows.Row.GroundTruth);
            }

            if (feedback.HumanFeedback is not null)
            {
                writer.WriteString("humanFeedbackColumnName"u8, HumanFeedback);
            }

            writer.WriteString("inferenceIdColumnName"u8, "inferenceId"u8);
            writer.WriteEndObject();
        });
}
