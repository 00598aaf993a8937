using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.RegularExpressions;
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
    /// Names of parameters, properties, dictionary keys, headers, query parameters and metadata whose values are recorded as
    /// <c>"[redacted]"</c>. A name matches if it has the words of one of these: <c>api key</c> matches <c>ApiKey</c>, <c>X-Api-Key</c> and
    /// <c>API_KEY_2</c>; <c>secret</c> does not match <c>Secretary</c>. A name that describes the value, such as <c>PasswordLength</c>, does
    /// not match. Default: passwords, secrets, tokens, keys, cookies, credentials, connection strings and their like; docs/capture.md lists
    /// them.
    /// </summary>
    [Must("not contain null", nameof(HasNoNullName))]
    public ISet<string> RedactedNames { get; } =
        new HashSet<string>(Openlayer.Interception.Capture.Redaction.RedactedNames.Defaults, StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Regular expressions whose matches are recorded as <c>"[redacted]"</c> wherever they stand in a text, in addition to the forms that
    /// the library knows. They must not use look-around, back-references or atomic groups, so that matching takes linear time. Default: none.
    /// </summary>
    [Must("hold regular expressions without look-around, back-references, atomic groups and right-to-left matching", nameof(HasLinearPatterns))]
    public IList<string> RedactedPatterns { get; } = [];

    /// <summary>
    /// Changes each recorded text, after the library's own redaction. It receives the name of the text, the path of names to it from the
    /// captured value, such as <c>order.customer.email</c> or <c>items[].note</c>, and the text, and returns the text to record. Null, and
    /// an exception, record <c>"[redacted]"</c>; exceptions are logged once for each type. Called concurrently, on threads of the
    /// application and of the library; no step is opened by what it calls. Default: null.
    /// </summary>
    public Func<string, string, string, string?>? Redact { get; set; }

    /// <summary>
    /// The application's own JSON settings: their converters, naming policy and resolvers apply. Copied when the tracer is created. Default:
    /// null, which records members by their names in code.
    /// </summary>
    public JsonSerializerOptions? JsonSerializerOptions { get; set; }

    private bool HasNoNullName => RedactedNames.All(static name => name is not null);

    private bool HasLinearPatterns => RedactedPatterns.All(static pattern => LinearPattern(pattern) is not null);

    /// <summary>The pattern as a regular expression that matches in linear time. Null if it is not one.</summary>
    internal static Regex? LinearPattern(string? pattern)
    {
        try
        {
            return pattern is null ? null : new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
