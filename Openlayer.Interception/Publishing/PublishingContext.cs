using Openlayer.Interception.Capture;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// The execution context in which one tracer's traces are published. Publishers, HTTP handlers and loggers may call traced services: these
/// calls open no steps. If a publisher or callback flushes or disposes the tracer, it does not wait for itself.
/// Thread-safe.
/// </summary>
internal sealed class PublishingContext(AmbientStep ambient, InternalLog log)
{
    private readonly AsyncLocal<Callback?> _callback = new();

    /// <summary>Whether the calling code runs inside a publisher or callback that publishing is waiting for.</summary>
    public bool IsInCallback => _callback.Value is { HasReturned: false };

    /// <summary>Suppresses tracing until the asynchronous method that calls this returns.</summary>
    public void Enter() => ambient.Current = StepContext.Untraced;

    /// <summary>Suppresses tracing until the scope is disposed. The calling code belongs to the application.</summary>
    public SuppressionScope Suppress() => ambient.Suppress();

    /// <summary>
    /// Marks a call into a publisher or callback, until the scope is disposed. Work that the call starts and leaves running is inside only
    /// until then.
    /// </summary>
    public CallbackScope EnterCallback()
    {
        var scope = new CallbackScope(this, _callback.Value, new Callback());
        _callback.Value = scope.Current;
        return scope;
    }

    /// <summary>Writes to the application's log, without the caller's ambient step.</summary>
    public void Log(LogEvent @event, params object?[] arguments)
    {
        Enter();
        log.Write(@event, arguments);
    }

    /// <summary>See <see cref="EnterCallback"/>.</summary>
    public readonly struct CallbackScope(PublishingContext context, Callback? previous, Callback current) : IDisposable
    {
        public Callback Current { get; } = current;

        public void Dispose()
        {
            Current.HasReturned = true;
            context._callback.Value = previous;
        }
    }

    /// <summary>One call into a publisher or callback. An object, because the contexts of work that the call started share it.</summary>
    public sealed class Callback
    {
        private volatile bool _hasReturned;

        public bool HasReturned
        {
            get => _hasReturned;
            set => _hasReturned = value;
        }
    }
}
