using Openlayer.Interception.Capture;
using Openlayer.Interception.Guardrails.Streams;
using Openlayer.Interception.Reflection;
using Openlayer.Interception.Streaming;

namespace Openlayer.Interception.Guardrails;

/// <summary>Checks the results of a type: streams and lazy sequences when they are enumerated, other results at once. Created once for each type.</summary>
internal class ResultCheck<TResult>
{
    public static readonly ResultCheck<TResult> Instance = Create();

    private ResultCheck()
    {
    }

    /// <summary>Checks a result. Returns what the caller gets.</summary>
    /// <param name="call">The call.</param>
    /// <param name="result">The result.</param>
    /// <param name="outArguments">The values of ref and out parameters, which are replaced by those that the caller gets. Null for none.</param>
    public virtual ValueTask<TResult> RunAsync(GuardedCall call, TResult result, Dictionary<string, object?>? outArguments) =>
        call.CheckResultAsync(result, outArguments);

    private static ResultCheck<TResult> Create()
    {
        var type = typeof(TResult);
        return type.IsConstructedFrom(typeof(IAsyncEnumerable<>)) ? new OfStream()
            : type.IsConstructedFrom(typeof(IEnumerable<>)) ? new OfSequence()
            : new ResultCheck<TResult>();
    }

    private sealed class OfStream : ResultCheck<TResult>
    {
        public override ValueTask<TResult> RunAsync(GuardedCall call, TResult result, Dictionary<string, object?>? outArguments)
        {
            if (result is null)
            {
                return new(result);
            }

            // A stream of strings that is declared as a stream of objects stays a stream of strings.
            var stream = StreamTypes.Of(result.GetType()).StreamInterface ?? typeof(TResult);
            return new((TResult)StreamGuard.Of(stream.GetGenericArguments()[0]).Guard(call, result));
        }
    }

    private sealed class OfSequence : ResultCheck<TResult>
    {
        public override ValueTask<TResult> RunAsync(GuardedCall call, TResult result, Dictionary<string, object?>? outArguments)
        {
            if (result is null or string || UnreadTypes.IsCollection(result.GetType()))
            {
                return call.CheckResultAsync(result, outArguments);
            }

            var sequence = StreamTypes.Of(result.GetType()).SequenceInterface ?? typeof(TResult);
            return new((TResult)StreamGuard.Of(sequence.GetGenericArguments()[0]).GuardSequence(call, result));
        }
    }
}
