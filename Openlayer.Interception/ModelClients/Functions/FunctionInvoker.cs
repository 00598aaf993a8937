using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.ModelClients.Functions;

/// <summary>Calls the functions of a function-invoking client, as it does itself or its application says, and records each call as a tool step.</summary>
/// <param name="steps">Opens steps.</param>
/// <param name="inner">Calls a function.</param>
internal sealed class FunctionInvoker<TContext>(StepSource steps, Func<TContext, CancellationToken, ValueTask<object?>> inner)
    where TContext : class
{
    /// <summary>Calls a function.</summary>
    public ValueTask<object?> InvokeAsync(TContext context, CancellationToken cancellationToken) =>
        steps.Ambient.Current is { } caller && FunctionCall.CanOpen(steps, caller) && FunctionCall.Open(steps, context, caller) is { } call
            ? RunAsync(call, context, cancellationToken)
            : inner(context, cancellationToken);

    /// <summary>Whether an invoker calls this one, or is this one.</summary>
    public static bool IsIn(Delegate? invoker, StepSource steps)
    {
        while (invoker?.Target is FunctionInvoker<TContext> found)
        {
            if (found.IsOf(steps))
            {
                return true;
            }

            invoker = found.Inner;
        }

        return false;
    }

    private Func<TContext, CancellationToken, ValueTask<object?>> Inner => inner;

    private bool IsOf(StepSource other) => ReferenceEquals(steps, other);

    // The ambient step is the caller's again when the method returns.
    private async ValueTask<object?> RunAsync(FunctionCall call, TContext context, CancellationToken cancellationToken)
    {
        if (call.IsNew)
        {
            steps.EnterScope(call.Step.Context, call.Step);
        }

        try
        {
            var result = await inner(context, cancellationToken).ConfigureAwait(false);
            call.Succeeded(result);
            return result;
        }
        catch (Exception exception) when (call.Failed(exception))
        {
            throw;
        }
    }
}
