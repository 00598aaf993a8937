using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Delivers completed traces to Openlayer. The call that completed a trace pays for <see cref="Accept"/>; one loop writes traces as rows and
/// keeps the queue within its bounds, another sends. Every trace is acknowledged, buffered, failed (reported) or dropped. Thread-safe.
/// </summary>
internal sealed class OpenlayerDelivery : IDisposable
{
    // Of the time that there is at the end: the rows need the rest.
    private const double ShareOfUploads = 0.5;

    // For the disk, after the time for sending.
    private static readonly TimeSpan MaxEndingTime = TimeSpan.FromSeconds(5);

    private readonly OpenlayerSettings _settings;
    private readonly PublishingContext _context;
    private readonly OfflineBuffer _folder;
    private readonly OfflineBuffer? _buffer;
    private readonly DropLog _drops;
    private readonly LossLog _losses;
    private readonly DeliveryQueue _queue;
    private readonly OutcomeHandler _outcomes;
    private readonly DataStreamClient _client;
    private readonly AttachmentUploads _uploads;
    private readonly Replay _replay;
    private readonly SenderStateMachine _states;
    private readonly Sender _sender;
    private readonly WritingLoop _writing;

    public OpenlayerDelivery(OpenlayerSettings settings, PublishingContext context, InternalLog log)
    {
        _settings = settings;
        _context = context;
        Meter = new DeliveryMeter();

        // Also if the buffer is off, it can be inspected and replayed by the application.
        _folder = new OfflineBuffer(settings, Meter, log);
        _buffer = settings.OfflineBuffer.Enabled ? _folder : null;
        _drops = new DropLog(context, settings.TimeProvider, static count => (DeliveryEvents.QueueFull, [count]));
        _losses = new LossLog(settings, context);
        var callback = new FailureCallback(settings, context, Meter, log);
        _queue = new DeliveryQueue(settings, Meter, _drops);
        _states = new SenderStateMachine(settings, new OutageLog(settings, context, Meter), log, hasReplay: _buffer is not null);
        _outcomes = new OutcomeHandler(settings, _queue, _buffer, callback, _drops, _losses, _states, Meter, context, log);
        _client = new DataStreamClient(settings, Meter, log);
        _uploads = new AttachmentUploads(settings, _queue, _client, Meter, context, log);
        _replay = new Replay(settings, _folder, _client, _uploads, callback, _states, Meter, log);
        _sender = new Sender(settings, _queue, _states, _client, _outcomes, _buffer is null ? null : _replay, context, log);
        _writing = new WritingLoop(_queue, new RowWriter(settings, Meter, context, log), _buffer, _outcomes, _sender, _uploads, context)
        {
            WritesAhead = settings.OfflineBuffer.WriteAhead,
        };
        Meter.Observe(() => QueueLength);
    }

    public DeliveryMeter Meter { get; }

    /// <summary>The offline buffer's folder, also if the buffer is disabled.</summary>
    public OfflineBuffer Folder => _folder;

    /// <summary>Completes when it is closed and nothing waits.</summary>
    public Task Completion => Task.WhenAll(_writing.Completion, _sender.Completion);

    /// <summary>How many traces wait, including those in a request.</summary>
    public int QueueLength => _queue.Length;

    public DeliveryStatus GetStatus()
    {
        var state = _states.State;
        var waiting = QueueLength;
        return new DeliveryStatus(state.ToString(), ProblemOf(state, waiting), waiting, Meter.Sent.Count, Meter.Failed.Count, Meter.Dropped.Count);
    }

    public void Start()
    {
        _writing.Start();
        _sender.Start();
    }

    public void Accept(OpenlayerTrace trace)
    {
        Meter.Completed.Add(1);
        _queue.Accept(trace);
    }

    /// <summary>Sends feedback after what was accepted before it of the same row. Completes when it is acknowledged or buffered.</summary>
    /// <param name="update">The feedback.</param>
    /// <param name="cancellationToken">Ends the wait. The feedback is sent all the same.</param>
    /// <exception cref="FeedbackException">The feedback failed.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task<FeedbackOutcome> SendAsync(RowUpdate update, CancellationToken cancellationToken)
    {
        if (_settings.ApiKey is null || (update.PipelineId ?? _settings.InferencePipelineId) is null)
        {
            return Task.FromResult(FeedbackOutcome.NotSent);
        }

        Meter.Completed.Add(1);
        _queue.Accept(update);
        return update.Outcome.WaitAsync(cancellationToken);
    }

    /// <summary>Completes when every trace accepted before the call is acknowledged, buffered, failed or dropped.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var settled = _queue.FlushAsync(cancellationToken);
        _sender.Wake();
        return settled;
    }

    public async Task<BufferReplay> ReplayAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken)
    {
        _context.Enter();
        return _settings.ApiKey is null
            ? new BufferReplay(0, 0, 0, _folder.GetStatus().Count)
            : await _replay.RunToEndAsync(onFailure, onSent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts nothing more. What waits is sent, and retried with back-off even during a pause.</summary>
    /// <param name="budget">How much time there is, by the settings' clock.</param>
    public void Close(TimeSpan budget)
    {
        _states.Drain(budget);
        _uploads.EndWithin(budget * ShareOfUploads, _settings.TimeProvider);
        _queue.Close();
        _sender.Wake();
    }

    /// <summary>
    /// Writes what waits to disk before it is sent, if the buffer is on: the process is about to end, and may have no time for it later.
    /// </summary>
    public void WriteAhead()
    {
        if (_buffer is null)
        {
            return;
        }

        _buffer.FlushesToDisk = false;
        _writing.WritesAhead = true;
        var waiting = _queue.Withdraw();
        try
        {
            _buffer.WriteAhead([.. waiting.Where(static row => row.File is null)]);
        }
        finally
        {
            _queue.Return(waiting);
            _sender.Wake();
        }
    }

    /// <summary>Sends what waits within a limit, then moves the rest to the buffer if it is on. The process may end now, or continue.</summary>
    /// <param name="limit">How much real time there is for sending.</param>
    public async Task DrainAsync(TimeSpan limit)
    {
        WriteAhead();
        _uploads.EndWithin(limit * ShareOfUploads, TimeProvider.System);
        try
        {
            if (await TryFlushAsync(limit).ConfigureAwait(false))
            {
                return;
            }

            if (_buffer is null)
            {
                _context.Log(DeliveryEvents.NotAcknowledgedAtExit, QueueLength);
                return;
            }

            await _states.AbandonAsync().ConfigureAwait(false);
            await TryFlushAsync(MaxEndingTime).ConfigureAwait(false);
        }
        finally
        {
            _states.Resume();
            _uploads.Resume();
            _sender.Wake();
            _writing.WritesAhead = _settings.OfflineBuffer.WriteAhead;
            _folder.FlushesToDisk = true;
        }
    }

    /// <summary>
    /// Cancels the request in flight. What is left is buffered; without a buffer it is reported as failed, for which the callbacks have a second.
    /// </summary>
    public async Task AbandonAsync()
    {
        _folder.FlushesToDisk = false;
        await _states.AbandonAsync().ConfigureAwait(false);
        _sender.Wake();
        try
        {
            // By the real clock: the process may be ending, and only the disk is waited for.
            await Completion.WaitAsync(MaxEndingTime).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _outcomes.KeepOrDrop(_queue.TakeAll());
        }
    }

    public void Dispose()
    {
        _drops.LogRest();
        _losses.LogRest();
        _sender.Dispose();
        _states.Dispose();
        _uploads.Dispose();
        _client.Dispose();
        _folder.Dispose();
        Meter.Dispose();
    }

    private string? ProblemOf(SenderState state, int waiting) =>
        _settings.ApiKey is null || (_settings.InferencePipelineId is null && Meter.Sent.Count == 0)
            ? "Nothing is sent: OpenlayerOptions.ApiKey or InferencePipelineId is not set."
        : state is SenderState.BackingOff or SenderState.Paused ? "Requests to Openlayer fail. The log has the cause."
        : _queue.HasPauses ? "Openlayer does not accept a pipeline that traces name. The log has the cause."
        : waiting > _settings.MaxQueueLength / 2 ? $"{waiting} traces wait to be sent."
        : null;

    /// <returns>Whether every trace accepted before the call was settled within the limit.</returns>
    private async Task<bool> TryFlushAsync(TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit);
        try
        {
            await FlushAsync(time.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
