using System.Text.Json;

namespace Openlayer.Interception;

/// <summary>What is recorded of inputs and outputs, and how much. Each cut is marked in place.</summary>
public sealed class CaptureOptions
{
    /// <summary>Whether inputs are recorded. Default: true.</summary>
    public bool Inputs { get; set; } = true;

    /// <summary>Whether outputs are recorded. Default: true.</summary>
    public bool Outputs { get; set; } = true;

    /// <summary>How many objects deep a value is followed. Default: 10. At least 1.</summary>
    public int MaxDepth { get; set; } = 10;

    /// <summary>How many items of one collection, entries of one dictionary or items of one stream are kept. Default: 1,000. At least 0.</summary>
    public int MaxItems { get; set; } = 1_000;

    /// <summary>How many characters of one string, or of a stream's joined text, are kept. Default: 131,072. At least 0.</summary>
    public int MaxStringLength { get; set; } = 131_072;

    /// <summary>How many bytes of JSON one captured value may take. Default: 1 MiB. At least 1,024.</summary>
    public int MaxBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Names whose values are recorded as <c>"[redacted]"</c>, wherever they stand: parameters, properties, dictionary keys, metadata.
    /// A name matches when it contains one of these, case and the characters <c>_</c>, <c>-</c>, <c>.</c> and space aside. Default:
    /// <c>password</c>, <c>passwd</c>, <c>secret</c>, <c>apiKey</c>, <c>authorization</c>, <c>connectionString</c>, <c>credential</c>,
    /// <c>accessToken</c>, <c>refreshToken</c>, <c>bearerToken</c>, <c>privateKey</c>.
    /// </summary>
    public ISet<string> RedactedNames { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        "password", "passwd", "secret", "apiKey", "authorization", "connectionString", "credential",
        "accessToken", "refreshToken", "bearerToken", "privateKey",
    };

    /// <summary>
    /// The application's own JSON settings: converters, naming policy, attributes and resolvers are honoured. Default: null, names as in the code.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }
}
