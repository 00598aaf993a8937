using System.Reflection;

namespace Openlayer.Interception.Options;

/// <summary>Reads the environment variables named by <see cref="FromEnvironmentAttribute"/>. An empty variable counts as not set.</summary>
/// <param name="variable">Returns the value of a variable, or null.</param>
internal sealed class OptionsEnvironment(Func<string, string?> variable)
{
    /// <summary>The variables of this process.</summary>
    public static OptionsEnvironment OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>The text for an option that is sent in a header.</summary>
    /// <exception cref="ArgumentException">The text has characters other than printable ASCII.</exception>
    public string? HeaderText(string option)
    {
        var text = Read(option);
        return OpenlayerOptions.IsPrintable(text) ? text : throw Malformed(option, OpenlayerOptions.PrintableRule);
    }

    /// <exception cref="ArgumentException">The text has control characters, or would change the path of an address.</exception>
    public string? PipelineId(string option)
    {
        var text = Read(option);
        return OpenlayerOptions.IsPipelineId(text) ? text : throw Malformed(option, OpenlayerOptions.PipelineIdRule);
    }

    /// <exception cref="ArgumentException">The variable does not hold an absolute http or https address.</exception>
    public Uri? Address(string option)
    {
        if (Read(option) is not { } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && OpenlayerOptions.IsHttp(address)
            ? address
            : throw Malformed(option, OpenlayerOptions.HttpRule);
    }

    /// <exception cref="ArgumentException">The variable holds none of the accepted values.</exception>
    public bool? Switch(string option) => Read(option)?.ToUpperInvariant() switch
    {
        null => null,
        "TRUE" or "ON" or "1" => true,
        "FALSE" or "OFF" or "0" => false,
        _ => throw Malformed(option, "be true, on or 1, or false, off or 0"),
    };

    /// <summary>Whether a variable that other libraries read too turns the content of spans on.</summary>
    public bool SpanContent(string option) => Read(option)?.ToUpperInvariant() is "TRUE" or "ON" or "1" or "SPAN_ONLY" or "SPAN_AND_EVENT";

    /// <exception cref="ArgumentException">A line is not a header.</exception>
    public IEnumerable<KeyValuePair<string, string>> Headers(string option)
    {
        foreach (var line in (Read(option) ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? ("", "") : (line[..colon].TrimEnd(), line[(colon + 1)..].TrimStart());
            yield return OpenlayerOptions.IsHeader(name, value)
                ? new(name, value)
                : throw Malformed(option, "hold one header a line, as Name: value, with an HTTP token as name and printable ASCII as value");
        }
    }

    /// <summary>Unsets the options that a variable supplies, so that it takes precedence over the values they had.</summary>
    /// <exception cref="ArgumentException">The variable for headers is malformed.</exception>
    public void TakePrecedenceOver(OpenlayerOptions options)
    {
        foreach (var option in typeof(OpenlayerOptions).GetProperties())
        {
            if (option is { CanWrite: true } && option.IsDefined(typeof(FromEnvironmentAttribute)) && Read(option.Name) is not null)
            {
                option.SetValue(options, null);
            }
        }

        foreach (var (name, _) in Headers(nameof(OpenlayerOptions.CustomHeaders)))
        {
            options.CustomHeaders.Remove(name);
        }
    }

    private static string VariableOf(string option) =>
        typeof(OpenlayerOptions).GetProperty(option)!.GetCustomAttribute<FromEnvironmentAttribute>()!.Variable;

    private static ArgumentException Malformed(string option, string rule) => new($"The environment variable {VariableOf(option)} must {rule}.");

    private string? Read(string option) => OpenlayerOptions.Trimmed(variable(VariableOf(option)));
}
