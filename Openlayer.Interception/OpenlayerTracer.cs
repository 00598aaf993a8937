using System.Text.Json;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Holds the ambient step and the life of traces. One instance a container, resolved from it; injected by services that want to add to
/// the current step. Disposing it, which the container does, publishes what is still waiting, for at most
/// <see cref="OpenlayerOptions.ShutdownTimeout"/>. Thread-safe. No member throws because of something that went wrong with tracing.
/// </summary>
public sealed class OpenlayerTracer : IAsyncDisposable, IDisposable
{
    private readonly OpenlayerSettings _settings;
    private readonly TraceDispatcher _sink;

    /// <summary>Makes a tracer without a container: for unit tests, and for other containers.</summary>
    /// <param name="options">The options. What they leave at null is taken from the environment. Read once; see <see cref="OpenlayerOptions"/>.</param>
    /// <param name="loggerFactory">Where failures are logged unless <see cref="OpenlayerOptions.LoggerFactory"/> is set. Default: nowhere.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    public OpenlayerTracer(OpenlayerOptions options, ILoggerFactory? loggerFactory = null)
        : this(OpenlayerSettings.From(options), new InternalLog(options?.LoggerFactory ?? loggerFactory))
    {
    }

    internal OpenlayerTracer(OpenlayerSettings settings, InternalLog log)
    {
        _settings = settings;
        var ambient = new AmbientStep(new TraceOwner(settings.TimeProvider, new ValueCapture(settings.Capture, suppressor: null), sink: null, log));
        _sink = new TraceDispatcher(settings, new PublishingContext(ambient, log), log);
        Steps = new StepSource(settings, ambient, _sink, log);
    }

    /// <summary>The step that the calling code runs in. Null outside of any, where the trace is not sampled, or when its trace is complete.</summary>
    public Step? CurrentStep => Steps.Ambient.Current is { Trace: { IsRecorded: true, IsComplete: false } } step ? step : null;

    /// <summary>The trace that the calling code runs in. Null where <see cref="CurrentStep"/> is.</summary>
    public OpenlayerTrace? CurrentTrace => CurrentStep?.Trace;

    /// <summary>Opens steps for interceptors.</summary>
    internal StepSource Steps { get; }

    /// <summary>Receives completed traces.</summary>
    internal TraceDispatcher Sink => _sink;

    /// <summary>
    /// Opens a step under the current one, or a trace where there is none, for code that no interceptor sees. It is the current step
    /// until the scope is disposed, or in a method with <c>yield return</c> until the next item.
    /// </summary>
    /// <param name="name">The step's name.</param>
    /// <param name="type">What it is. Default: <see cref="StepType.UserCall"/>.</param>
    /// <returns>The scope; dispose it in the method that called this.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public StepScope StartStep(string name, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(name);
        return StepScope.Open(Steps, name, type);
    }

    /// <summary>
    /// Says whose requests the calling code serves: traces opened in this context, and the current one, belong to this user and session.
    /// </summary>
    /// <param name="userId">The user; null for none.</param>
    /// <param name="sessionId">The conversation; null for none.</param>
    /// <returns>Dispose it to return to the user and session that were set before. The current trace keeps its own.</returns>
    public IDisposable BeginSession(string? userId, string? sessionId)
    {
        var scope = new SessionScope(Steps, Steps.Session);
        Steps.Session = new Session(userId, sessionId);
        if (CurrentTrace is { } trace)
        {
            trace.UserId = userId;
            trace.SessionId = sessionId;
        }

        return scope;
    }

    /// <summary>
    /// Every trace completed before the call has been handed to every publisher when the returned task completes, and has been acknowledged
    /// by Openlayer, or written to the offline buffer, or given up. Sends at once what still waits for others.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait, not the publishing.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _sink.FlushAsync(cancellationToken);

    /// <summary>
    /// Sends what the offline buffer holds, also where <see cref="OfflineBufferOptions.Enabled"/> is false. What is acknowledged is deleted,
    /// what is refused or no row is set aside, the rest stays. Where a buffer is on, this is also done at the start and when sending works again.
    /// </summary>
    /// <param name="onSent">Called with each row that was acknowledged. What it throws is logged. Default: null.</param>
    /// <param name="onFailure">Called with each row that was refused, in place of <see cref="OpenlayerOptions.OnFlushFailure"/>. Default: null.</param>
    /// <param name="cancellationToken">Ends the replay; what is in hand stays in the buffer.</param>
    /// <returns>How many rows were sent, refused and kept, and how many files were no rows.</returns>
    /// <exception cref="OperationCanceledException">The replay was cancelled.</exception>
    public Task<BufferReplay> ReplayBufferedTracesAsync(
        Action<JsonElement>? onSent = null,
        Action<FlushFailure>? onFailure = null,
        CancellationToken cancellationToken = default) =>
        _sink.Openlayer?.ReplayAsync(onFailure, onSent, cancellationToken) ?? Task.FromResult(new BufferReplay(0, 0, 0, 0));

    /// <summary>What the offline buffer holds now.</summary>
    public BufferStatus GetBufferStatus() =>
        _sink.Openlayer?.GetBufferStatus() ?? new BufferStatus(false, _settings.OfflineBuffer.Path, 0, 0, null, 0);

    /// <summary>Deletes the rows that wait in the offline buffer, and the files that were set aside. Rows that are being sent stay.</summary>
    /// <returns>How many rows were deleted.</returns>
    public int ClearBuffer() => _sink.Openlayer?.ClearBuffer() ?? 0;

    /// <summary>Publishes what is still waiting, for at most <see cref="OpenlayerOptions.ShutdownTimeout"/>. Calls are no longer traced.</summary>
    public ValueTask DisposeAsync()
    {
        Steps.Close();
        return _sink.DisposeAsync();
    }

    /// <summary>The same as <see cref="DisposeAsync"/>, waiting for it.</summary>
    public void Dispose()
    {
        // On the pool, so that a SynchronizationContext of the caller cannot be waited for by what it waits for.
        Task.Run(async () => await DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
    }
}
