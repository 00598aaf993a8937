using System.Threading.Channels;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Sends the backlog, a request at a time, and between requests what the offline buffer holds. After failures it pauses, so that a server
/// that is down costs a probe now and then.
/// </summary>
internal sealed class SendingLoop : IDisposable
{
    private readonly OpenlayerSettings _settings;
    private readonly Backlog _backlog;
    private readonly DataStreamClient _client;
    private readonly Disposition _disposition;
    private readonly Replay? _replay;
    private readonly PublishingContext _context;
    private readonly InternalLog _faults;
    private readonly SendingPause _pause;
    private readonly ITimer _timer;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private CancellationTokenSource _requests = new();

    // The loop's own.
    private Deadline? _replayAt;
    private bool _isFailing;
    private bool _toldOfMisconfiguration;

    /// <param name="settings">The settings.</param>
    /// <param name="backlog">What is sent.</param>
    /// <param name="client">What sends it.</param>
    /// <param name="disposition">What the rows come to.</param>
    /// <param name="replay">Sends the offline buffer; null where that is off.</param>
    /// <param name="context">What the loop runs in.</param>
    /// <param name="faults">Where failures go.</param>
    public SendingLoop(
        OpenlayerSettings settings,
        Backlog backlog,
        DataStreamClient client,
        Disposition disposition,
        Replay? replay,
        PublishingContext context,
        InternalLog faults)
    {
        _settings = settings;
        _backlog = backlog;
        _client = client;
        _disposition = disposition;
        _replay = replay;
        _context = context;
        _faults = faults;
        _pause = new SendingPause(settings.TimeProvider);
        _timer = settings.TimeProvider.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the backlog is closed and empty.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    // At the end nobody waits for a pause to end: what is left is tried once more.
    private bool IsPaused => _pause.IsOn && !_backlog.IsClosed;

    public void Start()
    {
        _replayAt = _replay is null ? null : Deadline.Now(_settings.TimeProvider);
        Completion = Task.Run(RunAsync);
    }

    /// <summary>Lets it look for what is to be done.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Forgets that requests failed: the next is sent when it is due.</summary>
    public async Task ResumeAsync()
    {
        await _client.ResetAsync().ConfigureAwait(false);
        _pause.End();
        Wake();
    }

    /// <summary>
    /// Gives up the request that is being sent, and those that would come: their rows go to the buffer where it is on, else they are dropped.
    /// </summary>
    public async Task CancelRequestsAsync()
    {
        try
        {
            await Volatile.Read(ref _requests).CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _faults.Report(DeliveryEvents.CancellationFailed, exception);
        }
    }

    /// <summary>Sends again after requests were cancelled.</summary>
    public void AllowRequests() => Volatile.Write(ref _requests, new CancellationTokenSource());

    public void Dispose() => _timer.Dispose();

    private async Task RunAsync()
    {
        _context.Enter();
        while (!_backlog.IsAtEnd)
        {
            try
            {
                var cancellationToken = Volatile.Read(ref _requests).Token;
                if (_backlog.TakeBatch(onlyFlushed: IsPaused) is { } batch)
                {
                    await SendAsync(batch, cancellationToken).ConfigureAwait(false);
                }
                else if (_replayAt?.IsOver(_settings.TimeProvider) == true && !_pause.IsOn && !_backlog.IsClosed)
                {
                    await ReplaySomeAsync(_replay!, cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    await WaitAsync().ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // A replay was cut short: what it had stays in the buffer.
            }
            catch (Exception exception)
            {
                _faults.Report(DeliveryEvents.SenderFailed, exception);
            }
        }
    }

    private async Task WaitAsync()
    {
        var next = IsPaused ? _pause.Until : _backlog.NextBatch();
        if (_replayAt is { } replayAt && !_backlog.IsClosed)
        {
            var replay = Deadline.Later(replayAt, _pause.Until);
            next = next is { } batch ? Deadline.Earlier(batch, replay) : replay;
        }

        _timer.Change(next?.Left(_settings.TimeProvider) ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await _wake.Reader.ReadAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(List<PendingRow> batch, CancellationToken cancellationToken)
    {
        if (IsPaused)
        {
            // Somebody waits for them, and nothing is sent now.
            GiveUp(batch, new HttpRequestException("Nothing is sent to Openlayer at the moment, because the last requests failed."));
            return;
        }

        var parts = new Stack<List<PendingRow>>([batch]);
        while (parts.TryPop(out var part))
        {
            SendOutcome outcome;
            try
            {
                // A handler of the user's may not heed its cancellation.
                outcome = await _client.SendAsync(part, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                _disposition.KeepOrDrop(part);
                continue;
            }

            if (outcome.Result == SendResult.Refused && part.Count > 1)
            {
                parts.Push(part[(part.Count / 2)..]);
                parts.Push(part[..(part.Count / 2)]);
            }
            else
            {
                Judge(part, outcome);
            }
        }
    }

    private void Judge(List<PendingRow> rows, SendOutcome outcome)
    {
        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                _disposition.Acknowledge(rows);
                Recovered();
                break;
            case SendResult.Misconfigured:
                TellOfMisconfiguration(outcome);
                Pause(_settings.CircuitBreakDuration);
                PutBackOrGiveUp(rows, outcome.Reason!, isPaused: true);
                break;
            case SendResult.Unavailable:
                _isFailing = true;
                var isPaused = outcome.NotBefore > TimeSpan.Zero;
                rows.ForEach(row => row.Tries += Math.Max(outcome.Tries, isPaused ? 0 : 1));
                if (isPaused)
                {
                    Pause(outcome.NotBefore);
                }

                PutBackOrGiveUp(rows, outcome.Reason!, isPaused);
                break;
            default:
                // It would be refused again: it is not kept.
                _disposition.Fail(rows, outcome.Reason!);
                Recovered();
                break;
        }
    }

    private void Recovered()
    {
        _pause.End();
        _toldOfMisconfiguration = false;
        if (_isFailing)
        {
            _isFailing = false;
            ScheduleReplay(TimeSpan.Zero);
        }
    }

    private void Pause(TimeSpan duration)
    {
        _isFailing = true;
        _pause.Begin(duration);
        ScheduleReplay(_settings.CircuitBreakDuration);
    }

    private void PutBackOrGiveUp(List<PendingRow> rows, Exception reason, bool isPaused)
    {
        // Whoever waits for a flush or the end does not wait for a pause to end.
        var isClosed = _backlog.IsClosed;
        var mayWait = rows.Where(row => row.Tries < _settings.MaxTries && !(isPaused && (isClosed || row.FlushPoint!.IsFlushing))).ToList();
        _backlog.PutBack(mayWait);
        GiveUp([.. rows.Except(mayWait)], reason);
    }

    private void GiveUp(List<PendingRow> rows, Exception reason)
    {
        if (rows.Count > 0)
        {
            ScheduleReplay(_settings.CircuitBreakDuration);
            _disposition.KeepOrFail(rows, reason);
        }
    }

    private void ScheduleReplay(TimeSpan delay) => _replayAt = _replay is null ? null : Deadline.In(delay, _settings.TimeProvider);

    private async Task ReplaySomeAsync(Replay replay, CancellationToken cancellationToken)
    {
        if (_settings.ApiKey is null)
        {
            _replayAt = null;
            return;
        }

        var pass = new ReplayPass { IsWantedElsewhere = () => _backlog.IsClosed || _backlog.HasBatch() };
        await replay.TryRunAsync(pass, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (pass.IsInterrupted)
        {
            return;
        }

        switch (pass)
        {
            case { Outcome: { } outcome }:
                _isFailing = true;
                ScheduleReplay(_settings.CircuitBreakDuration);
                if (outcome.NotBefore > TimeSpan.Zero)
                {
                    Pause(outcome.NotBefore);
                }

                break;
            case { IsBusy: true } or { Result.Kept: > 0 }:
                ScheduleReplay(_settings.CircuitBreakDuration);
                break;
            default:
                _replayAt = null;
                break;
        }
    }

    private void TellOfMisconfiguration(SendOutcome outcome)
    {
        if (_toldOfMisconfiguration)
        {
            return;
        }

        _toldOfMisconfiguration = true;
        _context.Log(DeliveryEvents.Misconfigured, outcome.Reason!.Message, outcome.Options, _settings.CircuitBreakDuration);
    }
}
