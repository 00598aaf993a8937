using Openlayer.Interception.Capture;

namespace Openlayer.Interception;

/// <summary>A guardrail: a check of inputs or outputs.</summary>
public sealed class GuardrailStep : Step
{
    private string? _reason;
    private string? _action;
    private string? _blockStrategy;
    private string? _dataType;
    private object? _blockedEntities;
    private object? _detectedEntities;
    private object? _redactedEntities;

    internal GuardrailStep(OpenlayerTrace trace, Step? parent, string name)
        : base(trace, parent, name, StepType.Guardrail)
    {
    }

    /// <summary>The action taken: <c>allow</c>, <c>block</c> or <c>modify</c>. Default: null.</summary>
    public string? Action
    {
        get => _action;
        set => _action = Trace.Capture.CaptureName(value);
    }

    /// <summary>The entities that the guardrail blocks. Default: null.</summary>
    public object? BlockedEntities
    {
        get => CapturedDictionary.ToPublicValue(_blockedEntities);
        set => _blockedEntities = Capture(value, inPlaceOf: _blockedEntities);
    }

    /// <summary>The minimum confidence at which an entity counts as detected. Default: null.</summary>
    public double? ConfidenceThreshold { get; set; }

    /// <summary>The reason for the action. Default: null.</summary>
    public string? Reason
    {
        get => _reason;
        set => _reason = Trace.Capture.CaptureProperty("reason", value);
    }

    /// <summary>The entities that were detected. Default: null.</summary>
    public object? DetectedEntities
    {
        get => CapturedDictionary.ToPublicValue(_detectedEntities);
        set => _detectedEntities = Capture(value, inPlaceOf: _detectedEntities);
    }

    /// <summary>How a blocked value is handled. Default: null.</summary>
    public string? BlockStrategy
    {
        get => _blockStrategy;
        set => _blockStrategy = Trace.Capture.CaptureName(value);
    }

    /// <summary>The entities that were redacted. Default: null.</summary>
    public object? RedactedEntities
    {
        get => CapturedDictionary.ToPublicValue(_redactedEntities);
        set => _redactedEntities = Capture(value, inPlaceOf: _redactedEntities);
    }

    /// <summary>The kind of data that was checked: <c>input</c> or <c>output</c>. Default: null.</summary>
    public string? DataType
    {
        get => _dataType;
        set => _dataType = Trace.Capture.CaptureName(value);
    }

    internal object? CapturedBlockedEntities => _blockedEntities;

    internal object? CapturedDetectedEntities => _detectedEntities;

    internal object? CapturedRedactedEntities => _redactedEntities;
}
