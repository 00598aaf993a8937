using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Openlayer.Interception.Annotations;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Guardrails;
using Openlayer.Interception.ModelClients;
using Openlayer.Interception.Options;
using Openlayer.Interception.Publishing;
using Openlayer.Interception.Publishing.Buffer;
using Openlayer.Interception.Publishing.Delivery;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Telemetry;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception;

/// <summary>
/// Gives access to the current step and trace, and opens steps in code that no interceptor sees. Services inject it; a container has one
/// instance. Disposing it, which the container does, publishes the traces that wait, for at most
/// <see cref="OpenlayerOptions.ShutdownTimeout"/>. Thread-safe. No member throws because of a failure in tracing.
/// </summary>
public sealed class OpenlayerTracer : IAsyncDisposable, IDisposable
{
    private readonly TraceDispatcher _sink;
    private readonly Lazy<OpenlayerInterceptor> _interceptor;
    private readonly Func<IReadOnlyList<ServiceDescription>>? _describeServices;

    /// <summary>Creates a tracer without a container: for unit tests, and for other containers.</summary>
    /// <param name="options">The options. Validated and copied; see <see cref="OpenlayerOptions"/>.</param>
    /// <param name="loggerFactory">Receives failures unless <see cref="OpenlayerOptions.LoggerFactory"/> is set. Default: null, no logging.</param>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    /// <exception cref="ArgumentException">An option or environment variable is not valid; the message names it and its range.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public OpenlayerTracer(OpenlayerOptions options, ILoggerFactory? loggerFactory = null)
        : this(options, loggerFactory, isHosted: false, describeServices: null)
    {
    }

    /// <summary>Creates the tracer of a container.</summary>
    /// <param name="options">The options.</param>
    /// <param name="loggerFactory">The container's logger factory. Null if it has none.</param>
    /// <param name="isHosted">Whether a host handles the signals that end the process.</param>
    /// <param name="describeServices">Describes the services of the container. Null without a container.</param>
    internal OpenlayerTracer(
        OpenlayerOptions options,
        ILoggerFactory? loggerFactory,
        bool isHosted,
        Func<IReadOnlyList<ServiceDescription>>? describeServices)
        : this(OpenlayerSettings.From(options), new InternalLog(options?.LoggerFactory ?? loggerFactory), isHosted, describeServices)
    {
    }

    /// <param name="settings">The settings.</param>
    /// <param name="log">The library's log.</param>
    /// <param name="isHosted">Whether a host handles the signals that end the process.</param>
    /// <param name="describeServices">Describes the services of the tracer's container. Null without a container.</param>
    /// <param name="services">The services of the container, from which guardrails are resolved. Null without a container.</param>
    internal OpenlayerTracer(
        OpenlayerSettings settings,
        InternalLog log,
        bool isHosted = false,
        Func<IReadOnlyList<ServiceDescription>>? describeServices = null,
        IServiceProvider? services = null)
    {
        // Before anything starts that an exception would leave running.
        DynamicCode.Require();
        _describeServices = describeServices;
        var ambient = new AmbientStep();
        var open = new OpenTraces(settings, log);
        _sink = new TraceDispatcher(settings, new PublishingContext(ambient, log), open, log, isHosted);
        Steps = new StepSource(settings, ambient, open, _sink, new StepTelemetry(settings.SpanContent, log), log);
        Guardrails = new GuardrailSource(settings, services, log);
        Attempts = new RequestAttempts(Steps);
        Spans = new ActivitySteps(Steps);
        _interceptor = new Lazy<OpenlayerInterceptor>(() => OpenlayerInterceptor.For(this));
        Buffer = new OpenlayerBuffer(_sink.Openlayer?.Folder ?? new OfflineBuffer(settings, meter: null, log), _sink.Openlayer);
    }

    /// <summary>The step that the calling code runs in. Null outside any step, if the trace is not sampled, or after the trace is complete.</summary>
    public Step? CurrentStep => Steps.Ambient.Current?.Step is { Trace.IsComplete: false } step ? step : null;

    /// <summary>The trace that the calling code runs in. Null if <see cref="CurrentStep"/> is null.</summary>
    public OpenlayerTrace? CurrentTrace => CurrentStep?.Trace;

    /// <summary>
    /// The user of the current trace; outside any trace, the user that traces in this context get, as set by <see cref="BeginSession"/>. Null
    /// for none.
    /// </summary>
    public string? CurrentUserId => CurrentTrace is { } trace ? trace.UserId : Steps.Session?.UserId;

    /// <summary>
    /// The session of the current trace; outside any trace, the session that traces in this context get, as set by
    /// <see cref="BeginSession"/>. Null for none.
    /// </summary>
    public string? CurrentSessionId => CurrentTrace is { } trace ? trace.SessionId : Steps.Session?.SessionId;

    /// <summary>The offline buffer: its status, and operations on the rows in it.</summary>
    public OpenlayerBuffer Buffer { get; }

    /// <summary>The interceptor whose method cache all interceptors of this tracer share.</summary>
    internal OpenlayerInterceptor Interceptor => _interceptor.Value;

    /// <summary>Opens steps for interceptors.</summary>
    internal StepSource Steps { get; }

    /// <summary>Finds and resolves the guardrails of methods.</summary>
    internal GuardrailSource Guardrails { get; }

    /// <summary>Counts the attempts of requests to models.</summary>
    internal RequestAttempts Attempts { get; }

    /// <summary>Opens steps for the spans of other libraries.</summary>
    internal ActivitySteps Spans { get; }

    /// <summary>Receives completed traces.</summary>
    internal TraceDispatcher Sink => _sink;

    /// <summary>
    /// Opens a step under the current one, or a trace if there is no current step. The step is current until the scope is disposed; in a
    /// method with <c>yield return</c>, until the next item.
    /// </summary>
    /// <param name="name">The step's name.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    /// <param name="inferencePipelineId">
    /// The pipeline of the trace that the step opens; see <see cref="OpenlayerTrace.InferencePipelineId"/>. Without effect on a step within a
    /// trace. Default: null, which means <see cref="OpenlayerOptions.InferencePipelineId"/>.
    /// </param>
    /// <returns>The scope. Dispose it in the method that opened it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not a value of <see cref="StepType"/>.</exception>
    public StepScope StartStep(string name, StepType type = StepType.UserCall, string? inferencePipelineId = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return StepScope.Open(Steps, name, StepTypes.Defined(type, nameof(type)), isCall: false, inferencePipelineId);
    }

    /// <summary>
    /// Opens a step of a class, so that its properties need no cast: <c>StartStep&lt;ChatCompletionStep&gt;("answer").Step.Model = "..."</c>.
    /// Otherwise like <see cref="StartStep(string, StepType, string?)"/>.
    /// </summary>
    /// <typeparam name="TStep">The step's class, which determines its type. <see cref="Step"/> is a <see cref="StepType.UserCall"/>.</typeparam>
    /// <param name="name">The step's name.</param>
    /// <returns>The scope. Dispose it in the method that opened it.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    /// <exception cref="ArgumentException"><typeparamref name="TStep"/> is <see cref="ModelStep"/>, which is the base of two classes.</exception>
    public TypedStepScope<TStep> StartStep<TStep>(string name)
        where TStep : Step => new(StartStep(name, StepClass.TypeOf<TStep>()));

#pragma warning disable RS0026 // The overloads differ in their delegates, as those of Task.Run do.

    /// <summary>Runs code as a step under the current one, or as a trace. An exception is recorded, and thrown to the caller.</summary>
    /// <param name="name">The step's name.</param>
    /// <param name="body">The code. It runs once, and receives the step.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> or <paramref name="body"/> is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="type"/> is not a value of <see cref="StepType"/>.</exception>
    public void RunStep(string name, Action<Step> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = StartStep(name, type);
        try
        {
            body(scope.Step);
        }
        catch (Exception exception) when (scope.RecordFailure(exception))
        {
            throw;
        }
    }

    /// <summary>
    /// Runs code as a step under the current one, or as a trace. The result becomes the step's output, unless the code sets one. An exception
    /// is recorded, and thrown to the caller. The step of a <see cref="ValueTask"/> ends with the call: return its <c>AsTask()</c> instead.
    /// </summary>
    /// <inheritdoc cref="RunStep(string, Action{Step}, StepType)"/>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <returns>The result.</returns>
    public TResult RunStep<TResult>(string name, Func<Step, TResult> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = StartStep(name, type);
        try
        {
            var result = body(scope.Step);
            scope.RecordResult(result);
            return result;
        }
        catch (Exception exception) when (scope.RecordFailure(exception))
        {
            throw;
        }
    }

    /// <summary>
    /// Runs asynchronous code as a step under the current one, or as a trace. The step ends with the task. An exception is recorded, and thrown
    /// to the caller.
    /// </summary>
    /// <inheritdoc cref="RunStep(string, Action{Step}, StepType)"/>
    /// <returns>A task that ends as the code's does.</returns>
    public async Task RunStep(string name, Func<Step, Task> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = StartStep(name, type);
        try
        {
            await body(scope.Step).ConfigureAwait(false);
        }
        catch (Exception exception) when (scope.RecordFailure(exception))
        {
            throw;
        }
    }

    /// <summary>
    /// Runs asynchronous code as a step under the current one, or as a trace. The step ends with the task. The result becomes the step's
    /// output, unless the code sets one. An exception is recorded, and thrown to the caller.
    /// </summary>
    /// <inheritdoc cref="RunStep(string, Action{Step}, StepType)"/>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <returns>A task that ends as the code's does.</returns>
    public async Task<TResult> RunStep<TResult>(string name, Func<Step, Task<TResult>> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        using var scope = StartStep(name, type);
        try
        {
            var result = await body(scope.Step).ConfigureAwait(false);
            scope.RecordResult(result);
            return result;
        }
        catch (Exception exception) when (scope.RecordFailure(exception))
        {
            throw;
        }
    }

    /// <inheritdoc cref="RunStep(string, Action{Step}, StepType)"/>
    /// <param name="name">The step's name.</param>
    /// <param name="body">The code. It runs once.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    public void RunStep(string name, Action body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        RunStep(name, _ => body(), type);
    }

    /// <inheritdoc cref="RunStep{TResult}(string, Func{Step, TResult}, StepType)"/>
    /// <param name="name">The step's name.</param>
    /// <param name="body">The code. It runs once.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    public TResult RunStep<TResult>(string name, Func<TResult> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunStep(name, _ => body(), type);
    }

    /// <inheritdoc cref="RunStep(string, Func{Step, Task}, StepType)"/>
    /// <param name="name">The step's name.</param>
    /// <param name="body">The code. It runs once.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    public Task RunStep(string name, Func<Task> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunStep(name, (Step _) => body(), type);
    }

    /// <inheritdoc cref="RunStep{TResult}(string, Func{Step, Task{TResult}}, StepType)"/>
    /// <param name="name">The step's name.</param>
    /// <param name="body">The code. It runs once.</param>
    /// <param name="type">The step's type. Default: <see cref="StepType.UserCall"/>.</param>
    public Task<TResult> RunStep<TResult>(string name, Func<Task<TResult>> body, StepType type = StepType.UserCall)
    {
        ArgumentNullException.ThrowIfNull(body);
        return RunStep(name, (Step _) => body(), type);
    }

#pragma warning restore RS0026

    /// <summary>
    /// Records a step of work that is over, from data: with given id and times, under the current step, or as a trace of its own. It has no span
    /// in OpenTelemetry.
    /// </summary>
    /// <typeparam name="TStep">The step's class, which determines its type. <see cref="Step"/> is a <see cref="StepType.UserCall"/>.</typeparam>
    /// <param name="recorded">The step's name, id and times.</param>
    /// <param name="record">
    /// Sets the step's values. It runs once; while it does, the step is the current one, so that steps recorded within it are its children and
    /// <see cref="CurrentTrace"/> is its trace. If it is not recorded, the step is one that is not published. An exception is thrown to the
    /// caller, and the step has the values that were set before.
    /// </param>
    /// <exception cref="ArgumentNullException"><paramref name="recorded"/>, its name or <paramref name="record"/> is null.</exception>
    /// <exception cref="ArgumentException">
    /// <see cref="RecordedStep.Id"/> is empty or blank, or <typeparamref name="TStep"/> is <see cref="ModelStep"/>, which is the base of two classes.
    /// </exception>
    public void RecordStep<TStep>(RecordedStep recorded, Action<TStep> record)
        where TStep : Step
    {
        ArgumentNullException.ThrowIfNull(recorded);
        ArgumentNullException.ThrowIfNull(recorded.Name, nameof(recorded));
        ArgumentNullException.ThrowIfNull(record);
        if (recorded.Id is { } id)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(id, nameof(recorded));
        }

        using var scope = StepScope.OpenRecorded(Steps, recorded, StepClass.TypeOf<TStep>());
        record((TStep)scope.Step);
    }

    /// <summary>
    /// Sets the user and session of the current trace, and of every trace that opens in this context until the result is disposed.
    /// </summary>
    /// <param name="userId">The user. Null for none.</param>
    /// <param name="sessionId">The conversation. Null for none.</param>
    /// <returns>
    /// Restores the previous user and session when it is disposed. The current trace keeps its own. A session that was begun later and is
    /// still open stays current; disposing it again does nothing.
    /// </returns>
    public IDisposable BeginSession(string? userId, string? sessionId)
    {
        var scope = SessionScope.Begin(Steps, new Session(Steps.Capture.CaptureName(userId), Steps.Capture.CaptureName(sessionId)));
        if (CurrentTrace is { } trace)
        {
            trace.UserId = userId;
            trace.SessionId = sessionId;
        }

        return scope;
    }

    /// <summary>
    /// Captures where the calling code runs, for code that the execution context does not reach: the reader of a queue, another thread, or
    /// another process.
    /// </summary>
    /// <returns>The step, the activity, the user and the session. The default value outside any of them.</returns>
    public TraceContext CaptureContext() => TraceContext.Capture(Steps);

    /// <summary>
    /// Continues from a context until the result is disposed: steps are children of the captured step while its trace is open. After that, and
    /// in another process, they open traces of their own, which have the same user and session and name the first trace in their metadata
    /// <c>continuedFrom</c>. Those are sampled by themselves. Rows and spans have the trace id of the captured activity, unless an activity
    /// runs already; in the same process the captured activity becomes the current one while it runs. While a request that was not sampled
    /// runs, what continues from it in the same process is not recorded either.
    /// </summary>
    /// <param name="context">The context. The default value changes nothing.</param>
    /// <returns>Restores the previous step, user and session when it is disposed. Dispose it in the method that calls this one.</returns>
    public IDisposable ContinueFrom(TraceContext context) => new ContinuationScope(Steps, context);

    /// <summary>
    /// Publishes every trace that completed before the call. When the returned task completes, each of them has been passed to every
    /// publisher and was acknowledged by Openlayer, written to the offline buffer, or reported as failed or dropped. Batches that are not
    /// full are sent immediately.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait. Publishing continues.</param>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) => _sink.FlushAsync(cancellationToken);

    /// <summary>
    /// Adds feedback to a row: human feedback, ground truth, or any column. It is sent in the background, after the row if that still waits
    /// to be sent, and retried and buffered as rows are. A pause of sending does not delay it, because its caller waits. The returned task completes
    /// when it is acknowledged or in the offline buffer.
    /// </summary>
    /// <param name="inferenceId">The row's id: <see cref="OpenlayerTrace.InferenceId"/>.</param>
    /// <param name="feedback">The feedback. Its values are captured before the method returns.</param>
    /// <param name="cancellationToken">Ends the wait. The feedback is sent all the same.</param>
    /// <returns>What became of the feedback.</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="inferenceId"/> is null or blank, or <paramref name="feedback"/> is empty or names a pipeline that is not valid.
    /// </exception>
    /// <exception cref="ArgumentNullException"><paramref name="feedback"/> is null.</exception>
    /// <exception cref="FeedbackException">
    /// Openlayer does not know the row, or refused the feedback; or the row's trace is still open; or nothing was acknowledged in the number of
    /// tries or in time, and the offline buffer is off. The message says what to do.
    /// </exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public Task<FeedbackOutcome> SendFeedbackAsync(string inferenceId, RowFeedback feedback, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(inferenceId);
        ArgumentNullException.ThrowIfNull(feedback);
        var update = RowUpdate.Of(inferenceId, feedback, Steps.Capture);
        if (Steps.OpenTraces.Contains(inferenceId))
        {
            return Task.FromException<FeedbackOutcome>(new FeedbackException(
                inferenceId,
                $"The trace of the row '{inferenceId}' is still open. Send the feedback when it is complete, or set the GroundTruth of its root and its Metadata.",
                cause: null));
        }

        return _sink.Openlayer?.SendAsync(update, cancellationToken) ?? Task.FromResult(FeedbackOutcome.NotSent);
    }

    /// <summary>Creates a proxy of an object whose calls are traced, as if a container had intercepted it.</summary>
    /// <typeparam name="TService">The interface whose calls are traced, or <c>AIAgent</c> of Microsoft Agent Framework.</typeparam>
    /// <param name="target">The object that receives the calls. It is not disposed with the tracer.</param>
    /// <returns>The proxy, or <paramref name="target"/> if it is a proxy that this tracer already traces.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="target"/> is null.</exception>
    /// <exception cref="ArgumentException"><typeparamref name="TService"/> is neither an interface nor <c>AIAgent</c>, or not visible to Castle DynamicProxy.</exception>
    [RequiresDynamicCode(DynamicCode.IsRequired)]
    [RequiresUnreferencedCode(DynamicCode.UntrimmedIsRequired)]
    public TService Intercept<TService>(TService target)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(target);
        return _interceptor.Value.Intercept(target);
    }

    /// <summary>
    /// Describes which services of the tracer's container are traced, and why the others are not. Meant for a look at a service that is
    /// missing from a trace: it walks through all registrations.
    /// </summary>
    /// <returns>The services, in the order of their registrations. Empty for a tracer without a container.</returns>
    public IReadOnlyList<ServiceDescription> DescribeServices() => _describeServices?.Invoke() ?? [];

    /// <summary>Publishes the traces that are still waiting, for at most <see cref="OpenlayerOptions.ShutdownTimeout"/>. Calls are no longer traced.</summary>
    public ValueTask DisposeAsync()
    {
        Steps.Close();
        Attempts.Dispose();
        Spans.Dispose();
        return _sink.DisposeAsync();
    }

    /// <summary>Does what <see cref="DisposeAsync"/> does, and waits for it.</summary>
    public void Dispose()
    {
        // On the thread pool, so that a SynchronizationContext of the caller cannot cause a deadlock.
        Task.Run(async () => await DisposeAsync().ConfigureAwait(false)).GetAwaiter().GetResult();
    }
}
