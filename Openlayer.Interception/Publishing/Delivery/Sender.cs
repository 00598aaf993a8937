using System.Threading.Channels;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Sends the queue, one request at a time, and between requests the rows of the offline buffer. <see cref="SenderStateMachine"/> decides when;
/// the sender decides what becomes of the rows of a request.
/// </summary>
/// <remarks>
/// A row fails, or is buffered, when <see cref="OpenlayerOptions.MaxTries"/> requests with it were not answered, or when it is refused alone.
/// Tries that were made because a flush waited are forgotten if the flush stops waiting. A wrong option costs no row its tries, unless a flush
/// or the shutdown waits for it. If every row is refused, the options are at fault: that is concluded after 5 rows were refused alone and
/// one of another batch as well, which takes at most about 20 requests with batches of 100, and keeps the rows. From then on a try of a
/// batch takes at most 2 requests, until a row is acknowledged.
/// </remarks>
internal sealed class Sender : IDisposable
{
    private const int RefusalsBeforeDoubt = 5;

    private const string RefusalOptions =
        "every row is refused, so that OpenlayerOptions.InferencePipelineId, OpenlayerOptions.BaseUrl or OpenlayerOptions.CustomHeaders must be wrong, or the pipeline expects other columns";

    private readonly OpenlayerSettings _settings;
    private readonly DeliveryQueue _queue;
    private readonly SenderStateMachine _states;
    private readonly DataStreamClient _client;
    private readonly OutcomeHandler _outcomes;
    private readonly Replay? _replay;
    private readonly PublishingContext _context;
    private readonly InternalLog _log;
    private readonly ITimer _timer;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Rows that were refused alone since a row was acknowledged.
    private int _refusedAlone;

    /// <param name="settings">The settings.</param>
    /// <param name="queue">What is sent.</param>
    /// <param name="states">When it is sent.</param>
    /// <param name="client">What sends it.</param>
    /// <param name="outcomes">What settles the rows.</param>
    /// <param name="replay">Sends the offline buffer. Null if that is off.</param>
    /// <param name="context">The context that the sender runs in.</param>
    /// <param name="log">Where failures are reported.</param>
    public Sender(
        OpenlayerSettings settings,
        DeliveryQueue queue,
        SenderStateMachine states,
        DataStreamClient client,
        OutcomeHandler outcomes,
        Replay? replay,
        PublishingContext context,
        InternalLog log)
    {
        _settings = settings;
        _queue = queue;
        _states = states;
        _client = client;
        _outcomes = outcomes;
        _replay = replay;
        _context = context;
        _log = log;
        _timer = settings.TimeProvider.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Completes when the queue is closed and empty.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = Task.Run(RunAsync);

    /// <summary>Looks for something to send.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public void Dispose() => _timer.Dispose();

    private async Task RunAsync()
    {
        _context.Enter();
        while (!_queue.IsAtEnd)
        {
            try
            {
                if (!await SendNextAsync(_states.RequestToken).ConfigureAwait(false))
                {
                    await WaitAsync().ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // A replay was cancelled: its rows stay in the buffer.
            }
            catch (Exception exception)
            {
                _log.Report(DeliveryEvents.SenderFailed, exception);
            }
        }

        _states.Stop();
    }

    /// <returns>Whether there was anything to do now.</returns>
    private async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        var clock = _settings.TimeProvider;
        List<PendingRow>? rows = null;
        if (_states.State == SenderState.Abandoning)
        {
            rows = _queue.TakeAll();
            await SettleAsync(rows, () => _outcomes.AbandonAsync(rows)).ConfigureAwait(false);
            return rows.Count > 0;
        }

        if (_states.BackgroundAt.IsOver(clock) && _states.State != SenderState.Draining)
        {
            rows = _queue.TakeDue();
        }
        else if (_states.WaitedAt.IsOver(clock))
        {
            rows = _queue.TakeWaited(_states.RetriesRowsSeparately);
        }

        if (rows is not null)
        {
            await SettleAsync(rows, () => SendAsync(rows, cancellationToken)).ConfigureAwait(false);
            return true;
        }

        if (_replay is not null && _states.ReplayAt.IsOver(clock))
        {
            await ReplayAsync(_replay, cancellationToken).ConfigureAwait(false);
            return true;
        }

        return false;
    }

    /// <summary>However the work ends, each of the rows is settled or back in the queue.</summary>
    private async Task SettleAsync(List<PendingRow> rows, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        finally
        {
            _queue.EndRequest();
        }
    }

    private async Task WaitAsync()
    {
        var next = MonotonicTime.Later(_states.BackgroundAt, _queue.NextDue());
        if (_states.State == SenderState.Draining || !_states.BackgroundAt.IsOver(_settings.TimeProvider))
        {
            next = MonotonicTime.Earlier(next, MonotonicTime.Later(_states.WaitedAt, _queue.NextWaited(_states.RetriesRowsSeparately)));
        }

        next = MonotonicTime.Earlier(next, _states.ReplayAt);
        _timer.Change(next == MonotonicTime.Never ? Timeout.InfiniteTimeSpan : next.Left(_settings.TimeProvider), Timeout.InfiniteTimeSpan);
        await _wake.Reader.ReadAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(List<PendingRow> batch, CancellationToken cancellationToken)
    {
        if (batch[0].IsUpdate)
        {
            await SendUpdateAsync(batch, cancellationToken).ConfigureAwait(false);
            return;
        }

        // What is neither sent nor decided yet: the parts of a batch that was refused, and rows that were refused alone.
        var parts = new Stack<List<PendingRow>>([batch]);
        var refused = new List<PendingRow>();
        try
        {
            while (parts.TryPeek(out var part))
            {
                var outcome = await _client.SendAsync(part, cancellationToken).ConfigureAwait(false);
                if (outcome.Result == SendResult.Refused)
                {
                    outcome = await DoubtAsync(part, outcome, cancellationToken).ConfigureAwait(false);
                }

                parts.Pop();
                switch (outcome.Result)
                {
                    case SendResult.Acknowledged:
                        _refusedAlone = 0;
                        _outcomes.Acknowledge(part);
                        _states.Succeeded();
                        break;
                    case SendResult.Refused when part.Count > 1:
                        parts.Push(part[(part.Count / 2)..]);
                        parts.Push(part[..(part.Count / 2)]);
                        break;
                    case SendResult.Refused:
                        _refusedAlone++;
                        part[0].LastFailure = outcome.Reason;
                        refused.Add(part[0]);
                        break;
                    case SendResult.Misconfigured when outcome.IsOfPipeline && _queue.HasSeveralPipelines:
                        _log.Report(DeliveryEvents.PipelineNotAccepted, cause: outcome.Reason!.Message);
                        _queue.PutBack([.. parts.SelectMany(static rest => rest)]);
                        parts.Clear();
                        await RetryAsync(part, outcome).ConfigureAwait(false);
                        _queue.Pause(part, Longer(_settings.CircuitBreakDuration, outcome.RetryAfter));
                        break;
                    default:
                        // Rows that were refused alone are tried again: this failure may be why.
                        _queue.PutBack([.. parts.SelectMany(static rest => rest)]);
                        parts.Clear();
                        _states.Failed(outcome);
                        await RetryAsync(outcome.Options == RefusalOptions ? [.. refused, .. part] : part, outcome).ConfigureAwait(false);
                        if (outcome.Options == RefusalOptions)
                        {
                            refused.Clear();
                        }

                        break;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next step settles them together with the rows that wait.
            _queue.PutBack([.. parts.SelectMany(static rest => rest)]);
        }

        if (refused.Count > 0)
        {
            await _outcomes.FailAsync(refused).ConfigureAwait(false);
        }
    }

    /// <summary>Sends one update. Whatever becomes of it says nothing about rows, unless the server or the options fail.</summary>
    private async Task SendUpdateAsync(List<PendingRow> update, CancellationToken cancellationToken)
    {
        var row = update[0];
        if (_outcomes.IsBuffered(row))
        {
            await _outcomes.KeepOrFailAsync(update).ConfigureAwait(false);
            return;
        }

        SendOutcome outcome;
        try
        {
            outcome = await _client.SendAsync(update, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _queue.PutBack(update);
            return;
        }

        row.LastFailure = outcome.Reason;
        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                _outcomes.Acknowledge(update);
                _states.Succeeded();
                break;
            case SendResult.Unknown when ++row.UnknownAnswers < RowUpdate.MaxTriesOfUnknownRow(_settings.MaxTries):
                // The row may be stored a moment after it was acknowledged.
                row.RetryAt = _states.RetryTime(row.UnknownAnswers);
                _queue.PutBack(update);
                break;
            case SendResult.Unknown or SendResult.Refused:
                await _outcomes.FailAsync(update).ConfigureAwait(false);
                break;
            case SendResult.Misconfigured when outcome.IsOfPipeline && _queue.HasSeveralPipelines:
                _log.Report(DeliveryEvents.PipelineNotAccepted, cause: outcome.Reason!.Message);
                await RetryAsync(update, outcome).ConfigureAwait(false);
                break;
            default:
                _states.Failed(outcome);
                await RetryAsync(update, outcome).ConfigureAwait(false);
                break;
        }
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>
    /// Where rows keep being refused, sends another row: if that is refused as well, it is not the rows that are at fault.
    /// </summary>
    /// <returns>The outcome for the part: refused, or misconfigured.</returns>
    private async Task<SendOutcome> DoubtAsync(List<PendingRow> part, SendOutcome refusal, CancellationToken cancellationToken)
    {
        if (!_states.RefusesEveryRow && (part.Count > 1 || _refusedAlone < RefusalsBeforeDoubt - 1))
        {
            return refusal;
        }

        var misconfigured = refusal with { Result = SendResult.Misconfigured, Options = RefusalOptions };
        if (_queue.TakeNewest() is not { } other)
        {
            // Without another row to compare with, a row alone is at fault, unless that has been ruled out.
            return _states.RefusesEveryRow ? misconfigured : refusal;
        }

        SendOutcome outcome;
        try
        {
            outcome = await _client.SendAsync([other], cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _queue.PutBack([other]);
            throw;
        }

        switch (outcome.Result)
        {
            case SendResult.Acknowledged:
                _refusedAlone = 0;
                _outcomes.Acknowledge([other]);
                _states.Succeeded();
                return refusal;
            case SendResult.Refused:
                _queue.PutBack([other]);
                _states.RefusedEveryRow();
                return misconfigured;
            default:
                _queue.PutBack([other]);
                return refusal;
        }
    }

    /// <summary>Counts a try of each row. Rows whose tries are used up are buffered or fail; the others wait for the next.</summary>
    private async Task RetryAsync(List<PendingRow> rows, SendOutcome outcome)
    {
        var waiting = new List<PendingRow>(rows.Count);
        var exhausted = new List<PendingRow>();
        foreach (var row in rows)
        {
            row.LastFailure = outcome.Reason;
            var isWaitedFor = _queue.IsWaitedFor(row);
            if (isWaitedFor)
            {
                row.WaitedTries++;
            }
            else
            {
                row.WaitedTries = 0;
                row.Tries += outcome.Result == SendResult.Misconfigured ? 0 : 1;
            }

            var tries = row.Tries + row.WaitedTries;
            var isExhausted = outcome.Result == SendResult.Rejected
                || (tries >= _settings.MaxTries && (isWaitedFor || outcome.Result != SendResult.Misconfigured));
            row.RetryAt = _states.RetryTime(Math.Max(1, tries));
            (isExhausted ? exhausted : waiting).Add(row);
        }

        _queue.PutBack(waiting);
        if (exhausted.Count > 0)
        {
            await _outcomes.KeepOrFailAsync(exhausted).ConfigureAwait(false);
        }
    }

    private async Task ReplayAsync(Replay replay, CancellationToken cancellationToken)
    {
        var pass = new ReplayPass { IsWantedElsewhere = () => _queue.IsClosed || _queue.HasDue() };
        _states.BeginReplay();
        if (_settings.ApiKey is not null)
        {
            await replay.TryRunAsync(pass, cancellationToken).ConfigureAwait(false);
        }

        if (pass.IsInterrupted)
        {
            return;
        }

        if (pass is { Outcome: { Result: SendResult.Unavailable } outcome, IsRowSuspected: false })
        {
            _states.Failed(outcome);
        }
        else
        {
            _states.Replayed(isComplete: pass is { IsBusy: false, Result.Kept: 0, Outcome: null });
        }
    }
}
