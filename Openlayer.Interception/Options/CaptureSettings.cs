using System.Text.Json;
using System.Text.RegularExpressions;

namespace Openlayer.Interception.Options;

/// <summary>The part of <see cref="OpenlayerSettings"/> for capture: an immutable copy of valid <see cref="CaptureOptions"/>.</summary>
internal sealed class CaptureSettings(CaptureOptions options)
{
    public bool Inputs { get; } = options.Inputs;

    public bool Outputs { get; } = options.Outputs;

    public int MaxDepth { get; } = options.MaxDepth;

    public int MaxItems { get; } = options.MaxItems;

    public int MaxStringLength { get; } = options.MaxStringLength;

    public int MaxBytes { get; } = options.MaxBytes;

    public TimeSpan MaxTime { get; } = options.MaxTime;

    public string[] RedactedNames { get; } = [.. options.RedactedNames];

    public Regex[] RedactedPatterns { get; } = [.. options.RedactedPatterns.Select(static pattern => CaptureOptions.LinearPattern(pattern)!)];

    public Func<string, string, string, string?>? Redact { get; } = options.Redact;

    /// <summary>What is recorded and held of the bytes of attachments. Default: those of the default options, which hold none.</summary>
    public AttachmentSettings Attachments { get; init; } = new(new AttachmentOptions(), sendsRows: false);

    // A copy, because the application may still change its own.
    public JsonSerializerOptions? JsonSerializerOptions { get; } =
        options.JsonSerializerOptions is { } json ? new JsonSerializerOptions(json) : null;
}
