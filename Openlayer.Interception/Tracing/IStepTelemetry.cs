using System.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>Observes the steps of traces while they run. Members never throw. Thread-safe.</summary>
internal interface IStepTelemetry
{
    /// <summary>Whether anybody listens. Costs one branch.</summary>
    bool IsObserved { get; }

    /// <summary>Called under a new step, when its inputs are recorded. The step's span becomes the current activity.</summary>
    /// <param name="step">The step.</param>
    /// <param name="continued">The span that the calling code continues from. The default value for none.</param>
    void Started(Step step, in ActivityContext continued);

    /// <summary>Called once, when a step has ended. The current activity stays as it is.</summary>
    void Ended(Step step);
}
