namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>What the sender is doing. <see cref="SenderStateMachine"/> alone changes it.</summary>
internal enum SenderState
{
    /// <summary>Requests succeed. Batches are sent when they are due, and the offline buffer is replayed.</summary>
    Sending,

    /// <summary>The last request failed. The next one waits for the longer of the back-off and the server's <c>Retry-After</c>.</summary>
    BackingOff,

    /// <summary>
    /// Requests keep failing. One probe is sent each <see cref="OpenlayerOptions.CircuitBreakDuration"/>, and rows that a flush waits for are
    /// still retried with back-off.
    /// </summary>
    Paused,

    /// <summary>The tracer is being disposed: everything that waits is sent, and retried with back-off, until the time is over.</summary>
    Draining,

    /// <summary>There is no time left: the request in flight is cancelled, and what waits is buffered or reported as failed.</summary>
    Abandoning,

    /// <summary>Nothing waits and nothing more is accepted.</summary>
    Stopped,
}
