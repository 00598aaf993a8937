using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A check of what goes in or comes out.</summary>
public sealed class GuardrailStep : Step
{
    private object? _blockedEntities;
    private object? _detectedEntities;
    private object? _redactedEntities;

    internal GuardrailStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Guardrail)
    {
    }

    /// <summary>What the guardrail did: allow, block or modify. Default: null.</summary>
    public string? Action { get; set; }

    /// <summary>The entities that are blocked. Default: null.</summary>
    public object? BlockedEntities
    {
        get => CapturedDictionary.ToPublicValue(_blockedEntities);
        set => _blockedEntities = Capture(value, inPlaceOf: _blockedEntities);
    }

    /// <summary>The confidence from which an entity counts. Default: null.</summary>
    public double? ConfidenceThreshold { get; set; }

    /// <summary>Why it was done. Default: null.</summary>
    public string? Reason { get; set; }

    /// <summary>The entities that were found. Default: null.</summary>
    public object? DetectedEntities
    {
        get => CapturedDictionary.ToPublicValue(_detectedEntities);
        set => _detectedEntities = Capture(value, inPlaceOf: _detectedEntities);
    }

    /// <summary>What happens on a block. Default: null.</summary>
    public string? BlockStrategy { get; set; }

    /// <summary>The entities that were redacted. Default: null.</summary>
    public object? RedactedEntities
    {
        get => CapturedDictionary.ToPublicValue(_redactedEntities);
        set => _redactedEntities = Capture(value, inPlaceOf: _redactedEntities);
    }

    /// <summary>What was checked: input or output. Default: null.</summary>
    public string? DataType { get; set; }

    internal object? CapturedBlockedEntities => _blockedEntities;

    internal object? CapturedDetectedEntities => _detectedEntities;

    internal object? CapturedRedactedEntities => _redactedEntities;
}
