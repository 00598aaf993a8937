using System.Diagnostics.CodeAnalysis;
using Openlayer.Interception.Capture;

namespace Openlayer.Interception.Guardrails.Streams;

/// <summary>
/// One enumeration of a guarded stream: the items go in as they are produced, and come out when every guardrail has checked them. Used by one
/// thread at a time.
/// </summary>
internal sealed class StreamGate<T>
{
    private readonly GuardedCall _call;
    private readonly GuardrailScope _scope;
    private readonly CancellationToken _cancellationToken;
    private readonly bool _isSynchronous;
    private readonly Queue<T> _released = new();
    private readonly List<Stage> _stages = [];
    private readonly List<GuardrailCheck> _checks = [];
    private readonly StreamCapture<T>? _capture;
    private bool _isOpen;
    private bool _isFinished;
    private bool _isChecking;

    /// <param name="call">The call that returned the stream.</param>
    /// <param name="scope">Resolves the guardrails.</param>
    /// <param name="isSynchronous">Whether checks must complete synchronously.</param>
    /// <param name="cancellationToken">Cancels the checks.</param>
    public StreamGate(GuardedCall call, GuardrailScope scope, bool isSynchronous, CancellationToken cancellationToken)
    {
        _call = call;
        _scope = scope;
        _cancellationToken = cancellationToken;
        _isSynchronous = isSynchronous;
        _capture = call.Recording?.CaptureStream<T>();
    }

    /// <summary>Why the stream is blocked. Null if it is not.</summary>
    public GuardrailBlock? Block { get; private set; }

    /// <summary>Whether the stream produced items that the consumer has not got.</summary>
    public bool HoldsItems => _released.Count > 0 || _stages.Exists(static stage => stage.Parts.HoldsItems);

    /// <summary>Whether the consumer gave up.</summary>
    public bool IsCancelled => _cancellationToken.IsCancellationRequested;

    /// <summary>Whether a check ended with an exception for the caller.</summary>
    public bool HasFailed => _isChecking;

    public async ValueTask AddAsync(T item)
    {
        Open();
        if (Block is not null)
        {
            return;
        }

        if (_stages.Count == 0)
        {
            Release(item);
            return;
        }

        _stages[0].Parts.Add(item);
        await PumpAsync(0).ConfigureAwait(false);
    }

    /// <summary>The stream has no more items: checks what is held back.</summary>
    public async ValueTask CompleteAsync()
    {
        for (var index = 0; index < _stages.Count && Block is null; index++)
        {
            _stages[index].Parts.Complete();
            await PumpAsync(index).ConfigureAwait(false);
        }
    }

    /// <summary>Returns the next item for the consumer.</summary>
    public bool TryRelease([MaybeNullWhen(false)] out T item) => _released.TryDequeue(out item);

    /// <summary>Ends a blocked stream with the message, or with nothing. Returns the exception that it ends with. Null for none.</summary>
    public Exception? EndBlocked()
    {
        switch (Block!.Strategy)
        {
            case GuardrailBlockStrategy.ReturnEmpty or GuardrailBlockStrategy.SkipCall:
                return null;
            case GuardrailBlockStrategy.ReturnErrorMessage when Block.Message is T message:
                Release(message);
                return null;
            default:
                return Block.ToException();
        }
    }

    /// <summary>Records the checks, and ends them. Only the first call counts.</summary>
    public ValueTask FinishAsync()
    {
        if (_isFinished)
        {
            return default;
        }

        _isFinished = true;
        _checks.RemoveAll(static check => check.Count == 0);
        if (_checks.Count > 0)
        {
            _call.Recording?.StreamChecked(
                _checks,
                _checks.Exists(static check => check.IsModified),
                Block is not null ? GuardrailRecording.Blocked : _isChecking ? GuardrailRecording.NotChecked : null,
                _capture?.ToCaptured());
        }

        return _scope.DisposeAsync();
    }

    private void Open()
    {
        if (_isOpen)
        {
            return;
        }

        _isOpen = true;
        foreach (var guardrail in _call.Method.Output)
        {
            var check = new GuardrailCheck(guardrail, isInput: false);
            _checks.Add(check);
            try
            {
                var resolved = _scope.Resolve(guardrail);
                _stages.Add(new Stage(check, resolved, StreamParts<T>.Create(resolved.Streaming)));
            }
            catch (Exception exception)
            {
                Block ??= _call.Fail(check, exception);
            }
        }
    }

    private async ValueTask PumpAsync(int index)
    {
        var stage = _stages[index];
        var parts = stage.Parts;
        while (parts.TryTake(out var part))
        {
            _isChecking = true;
            var output = GuardrailOutput.Of(_call.Method.Method, parts.PartType, parts.Part, part);
            var (decision, block) = await _call.CheckPartAsync(stage.Check, stage.Guardrail, output, _isSynchronous, _cancellationToken).ConfigureAwait(false);
            _isChecking = false;
            if (block is not null)
            {
                Block = block;
                return;
            }

            if (decision?.Output is { } other)
            {
                parts.Replace(other.Value);
            }
            else
            {
                parts.Allow();
            }
        }

        while (parts.Released.TryDequeue(out var item))
        {
            if (index + 1 == _stages.Count)
            {
                Release(item);
                continue;
            }

            _stages[index + 1].Parts.Add(item);
            await PumpAsync(index + 1).ConfigureAwait(false);
            if (Block is not null)
            {
                return;
            }
        }
    }

    private void Release(T item)
    {
        _released.Enqueue(item);
        _capture?.Add(item);
    }

    private sealed record Stage(GuardrailCheck Check, IGuardrail Guardrail, StreamParts<T> Parts);
}
