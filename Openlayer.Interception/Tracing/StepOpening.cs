namespace Openlayer.Interception.Tracing;

/// <summary>What became of a request for a step in a trace.</summary>
internal enum StepOpening
{
    /// <summary>The step is counted as open.</summary>
    Opened,

    /// <summary>The trace has reached <see cref="OpenlayerOptions.MaxTraceSteps"/> or <see cref="OpenlayerOptions.MaxTraceBytes"/>.</summary>
    Omitted,

    /// <summary>The trace is complete.</summary>
    Complete,
}
