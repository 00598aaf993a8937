using Microsoft.Extensions.Logging;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Tracing;

namespace Openlayer.Interception.Publishing;

/// <summary>
/// The context that traces are published in: under the silence of the tracer whose traces they are, so that whatever publishers, handlers
/// and loggers call in its services opens no steps. Thread-safe.
/// </summary>
internal sealed class PublishingContext(AmbientStep ambient, InternalLog faults)
{
    /// <summary>From here on, until the asynchronous method that calls it returns.</summary>
    public void Enter() => ambient.Current = ambient.SuppressedStep;

    /// <summary>Writes to the application's log. What the logger throws changes nothing.</summary>
    public void Log(Action<ILogger> write)
    {
        Enter();
        try
        {
            write(faults.Logger);
        }
        catch
        {
            // There is nowhere left to say so.
        }
    }
}
