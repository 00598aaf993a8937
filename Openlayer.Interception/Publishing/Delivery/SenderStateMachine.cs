using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// The state of the sender, and when it may send next. The only place that changes either. Thread-safe.
/// </summary>
/// <remarks>
/// A failed request counts as a try of each row in it; time that passes in a pause does not. By default rows follow the background
/// schedule: back-off, then a pause. Rows that a flush or the shutdown waits for follow a schedule of their own, without a pause: back-off, and
/// after <see cref="OpenlayerOptions.MaxTries"/> failed requests in a row each row's own back-off. A flush of many batches then takes about as
/// long as one of a single batch.
/// </remarks>
internal sealed class SenderStateMachine : IDisposable
{
    private const int FailuresBeforePause = 3;

    // The last try before the end of the budget leaves this much of it for the answer.
    private const double LastTryShareOfBudget = 0.2;

    private static readonly TimeSpan MaxLastTryTime = TimeSpan.FromSeconds(1);

    private readonly OpenlayerSettings _settings;
    private readonly InternalLog _log;
    private readonly OutageLog _outage;
    private readonly bool _hasReplay;
    private readonly object _gate = new();

    private SenderState _state = SenderState.Sending;
    private CancellationTokenSource _requests = new();
    private int _failures;
    private MonotonicTime _backgroundAt = MonotonicTime.Past;
    private MonotonicTime _waitedAt = MonotonicTime.Past;
    private MonotonicTime _lastTryAt = MonotonicTime.Never;
    private MonotonicTime _replayAt;
    private bool _replaysOnSuccess;
    private bool _wasBufferedDuringReplay;
    private bool _refusesEveryRow;

    /// <param name="settings">The settings.</param>
    /// <param name="outage">Logs when a pause begins and when it is over.</param>
    /// <param name="log">Where failures are reported.</param>
    /// <param name="hasReplay">Whether there is an offline buffer to replay.</param>
    public SenderStateMachine(OpenlayerSettings settings, OutageLog outage, InternalLog log, bool hasReplay)
    {
        _settings = settings;
        _outage = outage;
        _log = log;
        _hasReplay = hasReplay;
        _replayAt = hasReplay ? MonotonicTime.Past : MonotonicTime.Never;
    }

    public SenderState State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Cancelled when the request in flight must end.</summary>
    public CancellationToken RequestToken
    {
        get
        {
            lock (_gate)
            {
                return _requests.Token;
            }
        }
    }

    /// <summary>Whether rows that a flush waits for are retried each at its own time.</summary>
    public bool RetriesRowsSeparately
    {
        get
        {
            lock (_gate)
            {
                return _failures >= _settings.MaxTries;
            }
        }
    }

    /// <summary>Whether rows of several batches were refused and none accepted in between: it is not the rows that are at fault.</summary>
    public bool RefusesEveryRow
    {
        get
        {
            lock (_gate)
            {
                return _refusesEveryRow;
            }
        }
    }

    /// <summary>When rows may be sent that no flush waits for.</summary>
    public MonotonicTime BackgroundAt
    {
        get
        {
            lock (_gate)
            {
                return _state == SenderState.Draining ? WaitedTime() : _backgroundAt;
            }
        }
    }

    /// <summary>When rows may be sent that a flush or the shutdown waits for.</summary>
    public MonotonicTime WaitedAt
    {
        get
        {
            lock (_gate)
            {
                return WaitedTime();
            }
        }
    }

    /// <summary>When the offline buffer is replayed next. <see cref="MonotonicTime.Never"/> if nothing is known to be in it.</summary>
    public MonotonicTime ReplayAt
    {
        get
        {
            lock (_gate)
            {
                return !_refusesEveryRow && _state is (SenderState.Sending or SenderState.BackingOff or SenderState.Paused)
                    ? MonotonicTime.Later(_replayAt, _backgroundAt)
                    : MonotonicTime.Never;
            }
        }
    }

    /// <summary>When a row may be retried that a flush or the shutdown waits for.</summary>
    public MonotonicTime RetryTime(int failures)
    {
        lock (_gate)
        {
            return AtLatestLastTry(MonotonicTime.In(Backoff.After(failures), _settings.TimeProvider));
        }
    }

    /// <summary>A request was acknowledged: the server works.</summary>
    public void Succeeded()
    {
        lock (_gate)
        {
            var wasFailing = _failures > 0;
            _failures = 0;
            _refusesEveryRow = false;
            _backgroundAt = _waitedAt = MonotonicTime.Past;
            if (_hasReplay && (wasFailing || _replaysOnSuccess))
            {
                _replaysOnSuccess = false;
                _replayAt = MonotonicTime.Past;
            }

            if (_state is SenderState.BackingOff or SenderState.Paused)
            {
                _state = SenderState.Sending;
            }
        }

        _outage.End();
    }

    /// <summary>A request was not acknowledged, and not because of its rows.</summary>
    public void Failed(SendOutcome outcome)
    {
        bool isPaused;
        lock (_gate)
        {
            _failures++;
            var clock = _settings.TimeProvider;
            var backoff = Backoff.After(_failures);
            var pause = _settings.CircuitBreakDuration > outcome.RetryAfter ? _settings.CircuitBreakDuration : outcome.RetryAfter;
            var wait = backoff > outcome.RetryAfter ? backoff : outcome.RetryAfter;
            isPaused = outcome switch
            {
                { Result: SendResult.Misconfigured } => _failures >= Math.Min(FailuresBeforePause, _settings.MaxTries),
                _ => outcome.IsServerFailure && _failures >= FailuresBeforePause,
            };
            _backgroundAt = MonotonicTime.In(isPaused ? pause : wait, clock);
            _waitedAt = MonotonicTime.In(_failures >= _settings.MaxTries ? outcome.RetryAfter : wait, clock);
            if (_replayAt != MonotonicTime.Never)
            {
                _replayAt = _backgroundAt;
            }

            if (_state is SenderState.Sending or SenderState.BackingOff or SenderState.Paused)
            {
                _state = isPaused ? SenderState.Paused : SenderState.BackingOff;
            }
            else
            {
                // The end of the tracer has a log message of its own.
                isPaused = false;
            }
        }

        if (isPaused)
        {
            _outage.Begin(outcome);
        }
    }

    /// <summary>Rows of different batches are refused: the options are wrong, not the rows.</summary>
    public void RefusedEveryRow()
    {
        lock (_gate)
        {
            _refusesEveryRow = true;

            // No transient failure has this many refusals: it is paused for without further tries.
            _failures = Math.Max(_failures, FailuresBeforePause - 1);
        }
    }

    /// <summary>Rows were written to the offline buffer: it is replayed as soon as sending works.</summary>
    public void Buffered()
    {
        lock (_gate)
        {
            if (_hasReplay)
            {
                _replaysOnSuccess = true;
                _wasBufferedDuringReplay = true;
                _replayAt = MonotonicTime.Earlier(_replayAt, MonotonicTime.In(_settings.CircuitBreakDuration, _settings.TimeProvider));
            }
        }
    }

    /// <summary>A replay begins: it passes over the rows that are in the offline buffer now.</summary>
    public void BeginReplay()
    {
        lock (_gate)
        {
            _wasBufferedDuringReplay = false;
        }
    }

    /// <summary>A replay has passed over the offline buffer.</summary>
    /// <param name="isComplete">Whether it sent all rows that were in the buffer when it began.</param>
    public void Replayed(bool isComplete)
    {
        lock (_gate)
        {
            _replayAt = (isComplete, _wasBufferedDuringReplay, _replaysOnSuccess) switch
            {
                (false, _, _) => MonotonicTime.In(_settings.CircuitBreakDuration, _settings.TimeProvider),

                // Rows that were buffered meanwhile may have been too late for this replay.
                (true, true, _) => MonotonicTime.Past,
                (true, false, true) => MonotonicTime.In(_settings.CircuitBreakDuration, _settings.TimeProvider),
                _ => MonotonicTime.Never,
            };
        }
    }

    /// <summary>Sends what waits until the end of a budget.</summary>
    public void Drain(TimeSpan budget)
    {
        lock (_gate)
        {
            var lastTry = TimeSpan.FromTicks(Math.Min((long)(budget.Ticks * LastTryShareOfBudget), MaxLastTryTime.Ticks));
            _lastTryAt = MonotonicTime.In(budget - lastTry, _settings.TimeProvider);
            if (_state is SenderState.Sending or SenderState.BackingOff or SenderState.Paused)
            {
                _state = SenderState.Draining;
            }
        }
    }

    /// <summary>Cancels the request in flight. What waits is buffered or fails.</summary>
    public async Task AbandonAsync()
    {
        CancellationTokenSource requests;
        lock (_gate)
        {
            if (_state == SenderState.Stopped)
            {
                return;
            }

            _state = SenderState.Abandoning;
            requests = _requests;
        }

        try
        {
            await requests.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _log.Report(DeliveryEvents.CancellationFailed, exception);
        }
    }

    /// <summary>Sends again after <see cref="AbandonAsync"/>: the process did not end.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            if (_state == SenderState.Abandoning)
            {
                _requests = new CancellationTokenSource();
                _state = _lastTryAt != MonotonicTime.Never ? SenderState.Draining
                    : _failures == 0 ? SenderState.Sending
                    : SenderState.BackingOff;
            }
        }
    }

    /// <summary>Nothing waits and nothing more is accepted.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _state = SenderState.Stopped;
        }
    }

    public void Dispose() => _requests.Dispose();

    private MonotonicTime WaitedTime() => AtLatestLastTry(_waitedAt);

    /// <summary>The last try is made before the budget of the shutdown ends, however long the back-off is.</summary>
    private MonotonicTime AtLatestLastTry(MonotonicTime time) =>
        _lastTryAt.IsOver(_settings.TimeProvider) ? time : MonotonicTime.Earlier(time, _lastTryAt);
}
