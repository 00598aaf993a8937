using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Openlayer.Interception.Options;

namespace Openlayer.Interception;

/// <summary>What is recorded of inputs and outputs, and its limits. A value that exceeds a limit is cut, and the cut is marked in place.</summary>
public sealed class CaptureOptions
{
    /// <summary>Whether inputs are recorded. Default: true.</summary>
    public bool Inputs { get; set; } = true;

    /// <summary>Whether outputs are recorded. Default: true.</summary>
    public bool Outputs { get; set; } = true;

    /// <summary>The number of nested objects that are followed. From 1 to 100. Default: 10.</summary>
    [Range(1, 100)]
    public int MaxDepth { get; set; } = 10;

    /// <summary>The number of items that are recorded of each collection, dictionary or stream. At least 0. Default: 1,000.</summary>
    [Range(0, int.MaxValue)]
    public int MaxItems { get; set; } = 1_000;

    /// <summary>The number of characters that are recorded of each string, and of a stream's joined text. At least 0. Default: 131,072.</summary>
    [Range(0, int.MaxValue)]
    public int MaxStringLength { get; set; } = 131_072;

    /// <summary>The number of bytes of JSON for each captured value. At least 1,024. Default: 1 MiB.</summary>
    [Range(1024, int.MaxValue)]
    public int MaxBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// The time for each captured value. What would be read later is left out. The time is checked between values: a getter or converter is
    /// not interrupted. What is computed once for a type does not count. From 1 ms to 1 minute. Default: 100 ms, which is ten times as long
    /// as a value of 1 MiB takes, and as long as a container that has used up its processor time is paused.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00", ParseLimitsInInvariantCulture = true)]
    public TimeSpan MaxTime { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Names of parameters, properties, dictionary keys and metadata whose values are recorded as <c>"[redacted]"</c>. A name matches if it
    /// contains one of these; case and the characters <c>_</c>, <c>-</c>, <c>.</c> and space are ignored. Default:
    /// <c>password</c>, <c>passwd</c>, <c>secret</c>, <c>apiKey</c>, <c>authorization</c>, <c>connectionString</c>, <c>credential</c>,
    /// <c>accessToken</c>, <c>refreshToken</c>, <c>bearerToken</c>, <c>privateKey</c>.
    /// </summary>
    [Must("not contain null", nameof(HasNoNullName))]
    public ISet<string> RedactedNames { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "password", "passwd", "secret", "apiKey", "authorization", "connectionString", "credential",
        "accessToken", "refreshToken", "bearerToken", "privateKey",
    };

    /// <summary>
    /// The application's own JSON settings: their converters, naming policy and resolvers apply. Copied when the tracer is created. Default:
    /// null, which records members by their names in code.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    private bool HasNoNullName => RedactedNames.All(static name => name is not null);
}
