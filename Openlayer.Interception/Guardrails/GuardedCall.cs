using System.Collections.Frozen;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Guardrails.Streams;

namespace Openlayer.Interception.Guardrails;

/// <summary>Runs the checks of one guarded call. Used by one thread at a time.</summary>
/// <param name="method">The method's guardrails.</param>
/// <param name="arguments">The caller's arguments.</param>
/// <param name="isSynchronous">Whether the caller waits for the method to return, so that checks must complete synchronously.</param>
/// <param name="caller">The services of the caller's scope. Null if they are not known.</param>
/// <param name="recording">Records the checks. Null if the call is not recorded.</param>
internal sealed class GuardedCall(MethodGuardrails method, object?[] arguments, bool isSynchronous, IServiceProvider? caller, GuardrailRecording? recording)
{
    private readonly object?[] _original = (object?[])arguments.Clone();
    private readonly CancellationToken _token = method.TokenOf(arguments);

    public MethodGuardrails Method => method;

    public GuardrailRecording? Recording => recording;

    /// <summary>The arguments that the target gets.</summary>
    public IReadOnlyList<object?> Arguments { get; private set; } = arguments;

    /// <summary>The caller's arguments.</summary>
    public IReadOnlyList<object?> OriginalArguments => _original;

    /// <summary>Why the call is blocked. Null if it is not.</summary>
    public GuardrailBlock? Block { get; private set; }

    /// <summary>Whether the result is checked.</summary>
    public bool ChecksOutput => method.Output.Length > 0;

    private List<GuardrailCheck> InputChecks { get; } = [];

    /// <summary>Checks the arguments. Returns whether the target runs, with <see cref="Arguments"/>.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled the call.</exception>
    /// <exception cref="InvalidOperationException">A check of a synchronous method did not complete synchronously.</exception>
    public async ValueTask<bool> CheckInputAsync()
    {
        var isComplete = false;
        try
        {
            if (method.WhyOutputUnchecked is { } reason)
            {
                RejectUnchecked(reason);
            }

            if (Block is null && method.Input.Length > 0)
            {
                await CheckInputsAsync().ConfigureAwait(false);
            }

            isComplete = true;
            return Block is null;
        }
        finally
        {
            if (!isComplete)
            {
                recording?.InputChecked(InputChecks, _original, _original, GuardrailRecording.NotChecked);
            }
        }
    }

    /// <summary>Records the request, when the target's arguments are in place.</summary>
    public void RecordInput() =>
        recording?.InputChecked(InputChecks, _original, [.. Arguments], Block is null ? null : GuardrailRecording.Blocked);

    /// <summary>Checks a result that is no stream. Returns what the caller gets.</summary>
    /// <param name="result">The result.</param>
    /// <param name="outArguments">The values of ref and out parameters, which are replaced by those that the caller gets. Null for none.</param>
    /// <exception cref="GuardrailBlockedException">The result is blocked.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled the call.</exception>
    /// <exception cref="InvalidOperationException">A check of a synchronous method did not complete synchronously.</exception>
    public async ValueTask<TResult> CheckResultAsync<TResult>(TResult result, Dictionary<string, object?>? outArguments = null)
    {
        var output = GuardrailOutput.Of(method.Method, typeof(TResult), part: null, result, outArguments);
        var checks = new List<GuardrailCheck>(method.Output.Length);
        GuardrailBlock? block = null;
        string? withheld = GuardrailRecording.NotChecked;
        object? returned = null;
        try
        {
            var scope = method.Source.BeginScope(caller);
            try
            {
                foreach (var guardrail in method.Output)
                {
                    var check = new GuardrailCheck(guardrail, isInput: false);
                    checks.Add(check);
                    var (decision, blocked) = await RunAsync(check, scope, resolved: null, input: null, output, isSynchronous, _token).ConfigureAwait(false);
                    output = decision?.Output ?? output;
                    if ((block = blocked) is not null)
                    {
                        break;
                    }
                }
            }
            finally
            {
                await scope.DisposeAsync().ConfigureAwait(false);
            }

            withheld = block is null ? null : GuardrailRecording.Blocked;
            if (block is not null)
            {
                outArguments?.Clear();
                result = block.ToResult<TResult>();
            }
            else if (checks.Exists(static check => check.IsModified))
            {
                result = (TResult)output.Value!;
                Take(output.OutArguments, outArguments);
            }

            returned = result;
            return result;
        }
        finally
        {
            recording?.ResultChecked(
                checks, checks.Exists(static check => check.IsModified), withheld, returned, outArguments ?? (IReadOnlyDictionary<string, object?>)FrozenDictionary<string, object?>.Empty);
        }
    }

    /// <summary>Begins the checks of one enumeration of a stream.</summary>
    /// <param name="isEnumeratedSynchronously">Whether the consumer waits for each item.</param>
    /// <param name="cancellationToken">The consumer's token.</param>
    public StreamGate<T> OpenGate<T>(bool isEnumeratedSynchronously, CancellationToken cancellationToken) =>
        new(this, method.Source.BeginScope(caller), isEnumeratedSynchronously, cancellationToken.CanBeCanceled ? cancellationToken : _token);

    /// <summary>Checks a part of a stream. Returns the decision, null if the check failed; and the block, null if the stream goes on.</summary>
    /// <exception cref="OperationCanceledException">The consumer cancelled the enumeration.</exception>
    /// <exception cref="InvalidOperationException">A check of a synchronous sequence did not complete synchronously.</exception>
    public ValueTask<(GuardrailDecision? Decision, GuardrailBlock? Block)> CheckPartAsync(
        GuardrailCheck check, IGuardrail guardrail, GuardrailOutput output, bool mustBeSynchronous, CancellationToken cancellationToken) =>
        RunAsync(check, scope: null, guardrail, input: null, output, mustBeSynchronous, cancellationToken);

    /// <summary>Reports that a guardrail failed. Returns the block if it is required.</summary>
    public GuardrailBlock? Fail(GuardrailCheck check, Exception failure)
    {
        method.Source.Log.Report(failure is TimeoutException ? GuardrailEvents.GuardrailTimedOut : GuardrailEvents.GuardrailFailed, failure, check.Guardrail.Type);
        check.Failed(failure);
        return check.IsBlocked ? GuardrailBlock.Of(check.Name, failure) : null;
    }

    private static void Take(IReadOnlyDictionary<string, object?> given, Dictionary<string, object?>? outArguments)
    {
        foreach (var (name, value) in given)
        {
            outArguments![name] = value;
        }
    }

    private async ValueTask CheckInputsAsync()
    {
        var input = GuardrailInput.Of(method.Method, method.ParameterNames, _original);
        var scope = method.Source.BeginScope(caller);
        try
        {
            foreach (var guardrail in method.Input)
            {
                var check = new GuardrailCheck(guardrail, isInput: true);
                InputChecks.Add(check);
                var (decision, block) = await RunAsync(check, scope, resolved: null, input, output: null, isSynchronous, _token).ConfigureAwait(false);
                if (block is not null)
                {
                    Block = block;
                    return;
                }

                input = decision?.Input ?? input;
            }
        }
        finally
        {
            await scope.DisposeAsync().ConfigureAwait(false);
        }

        Arguments = input.Arguments;
    }

    private void RejectUnchecked(string reason)
    {
        method.Source.Log.Report(GuardrailEvents.OutputNotChecked, cause: reason);
        if (Array.Find(method.Unchecked, static guardrail => guardrail.Required) is { } required)
        {
            var check = new GuardrailCheck(required, isInput: true);
            check.Failed(new NotSupportedException(reason));
            InputChecks.Add(check);
            Block = new GuardrailBlock(check.Name, GuardrailBlockStrategy.Throw, $"it is required, and cannot check what the method returns: {reason}", ErrorMessage: null, check.Failure);
        }
    }

    private async ValueTask<(GuardrailDecision? Decision, GuardrailBlock? Block)> RunAsync(
        GuardrailCheck check,
        GuardrailScope? scope,
        IGuardrail? resolved,
        GuardrailInput? input,
        GuardrailOutput? output,
        bool mustBeSynchronous,
        CancellationToken cancellationToken)
    {
        GuardrailSource.IsChecking = true;
        try
        {
            if (check.Guardrail.Fault is { } fault)
            {
                throw new InvalidOperationException($"{fault}.");
            }

            var guardrail = resolved ?? scope!.Resolve(check.Guardrail);
            check.Name = guardrail.Name ?? check.Name;
            recording?.Begin(check);
            var decision = await DecideAsync(check, guardrail, input, output, mustBeSynchronous, cancellationToken).ConfigureAwait(false);
            Require(decision, input, output);
            check.Decided(decision);
            return (decision, decision.Action == GuardrailAction.Block ? GuardrailBlock.Of(check.Name, decision) : null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The caller gave up, as it may during the call itself.
            throw;
        }
        catch (NotSynchronousException exception)
        {
            throw new InvalidOperationException(exception.Message);
        }
        catch (Exception exception)
        {
            return (null, Fail(check, exception));
        }
        finally
        {
            recording?.End(check);
        }
    }

    private async ValueTask<GuardrailDecision> DecideAsync(
        GuardrailCheck check, IGuardrail guardrail, GuardrailInput? input, GuardrailOutput? output, bool mustBeSynchronous, CancellationToken cancellationToken)
    {
        if (check.Guardrail.TimeBudget is not { } limit)
        {
            var unlimited = Check(cancellationToken);
            return unlimited.IsCompleted ? await unlimited.ConfigureAwait(false)
                : await Pending(unlimited).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        using var budget = new CancellationTokenSource(limit, method.Source.TimeProvider);
        using var either = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, budget.Token) : null;
        try
        {
            var limited = Check((either ?? budget).Token);
            return limited.IsCompleted ? await limited.ConfigureAwait(false)
                : await Pending(limited).WaitAsync((either ?? budget).Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (budget.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The guardrail {check.Name} took longer than its time budget of {limit}.", exception);
        }

        ValueTask<GuardrailDecision> Check(CancellationToken token) =>
            input is not null ? guardrail.CheckInputAsync(input, token) : guardrail.CheckOutputAsync(output!, token);

        Task<GuardrailDecision> Pending(ValueTask<GuardrailDecision> check)
        {
            var task = check.AsTask();

            // After a time-out or a cancellation nothing waits for the check.
            TaskExceptions.MarkObserved(task);
            return mustBeSynchronous
                ? throw new NotSynchronousException(
                    $"The guardrail '{guardrail.Name}' did not complete its check of {(input is not null ? "the input" : "the output")} synchronously, but "
                    + $"{method.Method.DeclaringType?.Name}.{method.Method.Name} is a synchronous method, and waiting for the check could cause a deadlock. "
                    + "Let the check return a completed ValueTask, make the method asynchronous, or do not guard the method with this guardrail.")
                : task;
        }
    }

    private void Require(GuardrailDecision decision, GuardrailInput? input, GuardrailOutput? output)
    {
        if (decision is null)
        {
            throw new InvalidOperationException("The guardrail returned null. Return GuardrailDecision.Allow() to allow a value.");
        }

        if (decision.Action != GuardrailAction.Modify)
        {
            return;
        }

        if (input is not null && (decision.Input is not { } changed || changed.Method != method.Method))
        {
            throw new InvalidOperationException("The guardrail modified something else than the input that it checked. Return GuardrailDecision.Modify(input.With(...)).");
        }

        if (output is not null && (decision.Output is not { } result || result.Method != method.Method || result.Part != output.Part))
        {
            throw new InvalidOperationException("The guardrail modified something else than the output that it checked. Return GuardrailDecision.Modify(output.With(...)).");
        }
    }

    /// <summary>A fault of the application's code, not of the data: unlike other failures, the caller gets it.</summary>
    private sealed class NotSynchronousException(string message) : Exception(message);
}
