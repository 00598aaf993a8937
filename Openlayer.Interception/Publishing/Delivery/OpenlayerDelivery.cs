using System.Text.Json;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// The way of a completed trace to Openlayer's acknowledgement. The call that completed it pays for <see cref="Accept"/>; one loop writes
/// traces as rows and keeps what waits within its bounds, another sends. Every trace is acknowledged, or buffered, or given up and
/// reported, or dropped and counted. Thread-safe.
/// </summary>
internal sealed class OpenlayerDelivery : IDisposable
{
    // For the disk, when the time for sending is over.
    private static readonly TimeSpan LongestEnding = TimeSpan.FromSeconds(5);

    private readonly OpenlayerSettings _settings;
    private readonly PublishingContext _context;
    private readonly OfflineBuffer _folder;
    private readonly OfflineBuffer? _buffer;
    private readonly DropLog _drops;
    private readonly Backlog _backlog;
    private readonly Disposition _disposition;
    private readonly DataStreamClient _client;
    private readonly Replay _replay;
    private readonly SendingLoop _sending;
    private readonly WritingLoop _writing;

    public OpenlayerDelivery(OpenlayerSettings settings, PublishingContext context, InternalLog faults)
    {
        _settings = settings;
        _context = context;
        Meter = new DeliveryMeter();
        var failureCallback = new FailureCallback(settings, Meter, faults);

        // Also where the buffer is off, it can be looked at and replayed by hand.
        _folder = new OfflineBuffer(settings, Meter, faults);
        _buffer = settings.OfflineBuffer.Enabled ? _folder : null;
        _drops = new DropLog(context, settings.TimeProvider, static count => (DeliveryEvents.QueueFull, [count]));
        _backlog = new Backlog(settings, Meter, _drops);
        _disposition = new Disposition(_backlog, _buffer, failureCallback, _drops, Meter, faults);
        _client = new DataStreamClient(settings, Meter, faults);
        _replay = new Replay(settings, _folder, _client, failureCallback, Meter, faults);
        _sending = new SendingLoop(settings, _backlog, _client, _disposition, _buffer is null ? null : _replay, context, faults);
        _writing = new WritingLoop(_backlog, new RowWriter(settings, Meter, context, faults), _buffer, _disposition, _sending, context)
        {
            WritesAhead = settings.OfflineBuffer.WriteAhead,
        };
        Meter.Observe(() => QueueLength);
    }

    public DeliveryMeter Meter { get; }

    /// <summary>The offline buffer's folder, also if the buffer is disabled.</summary>
    public OfflineBuffer Folder => _folder;

    /// <summary>Completes when it is closed and nothing waits.</summary>
    public Task Completion => Task.WhenAll(_writing.Completion, _sending.Completion);

    /// <summary>How many traces wait, those in a request included.</summary>
    public int QueueLength => _backlog.Length;

    /// <summary>How many traces wait that are written as rows already.</summary>
    public int WaitingRows => _backlog.WaitingRows;

    public void Start()
    {
        _writing.Start();
        _sending.Start();
    }

    public void Accept(OpenlayerTrace trace)
    {
        Meter.Completed.Add(1);
        _backlog.Accept(trace);
    }

    /// <summary>Completes when something has become of every trace accepted before the call.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var settled = _backlog.FlushAsync();
        _sending.Wake();
        return settled.WaitAsync(cancellationToken);
    }

    public async Task<BufferReplay> ReplayAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken)
    {
        _context.Enter();
        return _settings.ApiKey is null
            ? new BufferReplay(0, 0, 0, _folder.Files().Count)
            : await _replay.RunToEndAsync(onFailure, onSent, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Accepts nothing more. What waits is sent at once; a server that was failing is asked once more.</summary>
    public Task CloseAsync()
    {
        _backlog.Close();
        return ResumeAsync();
    }

    /// <summary>Forgets that requests failed: the next is sent when it is due.</summary>
    public Task ResumeAsync() => _sending.ResumeAsync();

    /// <summary>
    /// Puts what waits on disk, where the buffer is on, before it is sent: the process is about to end, and may have no time for it later.
    /// </summary>
    public void WriteAhead()
    {
        if (_buffer is null)
        {
            return;
        }

        _buffer.IsHurried = true;
        _writing.WritesAhead = true;
        var waiting = _backlog.Withdraw();
        try
        {
            _buffer.WriteAhead([.. waiting.Where(static row => row.File is null)]);
        }
        finally
        {
            _backlog.Return(waiting);
            _sending.Wake();
        }
    }

    /// <summary>
    /// Sends what waits, for so long; what is left then goes to the buffer where it is on. Goes on afterwards: the process may end now, or not.
    /// </summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        WriteAhead();
        try
        {
            await FlushAsync(CancellationToken.None).WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (_buffer is null)
        {
            _context.Log(DeliveryEvents.NotAcknowledgedAtExit, QueueLength);
        }
        catch (TimeoutException)
        {
            // What was in the request first: it is not on disk yet.
            await _sending.CancelRequestsAsync().ConfigureAwait(false);
            await FlushAsync(CancellationToken.None).WaitAsync(LongestEnding).ConfigureAwait(false);
        }
        finally
        {
            _sending.AllowRequests();
            _writing.WritesAhead = _settings.OfflineBuffer.WriteAhead;
            _folder.IsHurried = false;
        }
    }

    /// <summary>Ends the sending: what is left goes to the buffer, else is counted and logged.</summary>
    public async Task AbandonAsync()
    {
        _folder.IsHurried = true;
        await _sending.CancelRequestsAsync().ConfigureAwait(false);
        try
        {
            // By the real clock: this is the end of the process, maybe, and nothing but the disk is waited for.
            await Completion.WaitAsync(LongestEnding).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _disposition.Drop(_backlog.TakeAll());
        }
    }

    public void Dispose()
    {
        _drops.LogRest();
        _sending.Dispose();
        _client.Dispose();
        _folder.Dispose();
        Meter.Dispose();
    }
}
