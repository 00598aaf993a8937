namespace Openlayer.Interception.Publishing;

/// <summary>The terminal of the process.</summary>
internal static class Terminal
{
    private const int MinWidth = 40;
    private const int MaxWidth = 240;

    /// <summary>Whether a writer writes to a terminal.</summary>
    public static bool IsBehind(TextWriter writer) =>
        ReferenceEquals(writer, Console.Out)
        && !Console.IsOutputRedirected

        // The application may have replaced the console's writer.
        && writer.Encoding.CodePage == Console.OutputEncoding.CodePage;

    /// <summary>The number of characters in a line. Null if it is not known.</summary>
    public static int? Width()
    {
        try
        {
            // Some terminals begin a new line after the last column.
            return Console.WindowWidth is > 0 and var width ? Math.Clamp(width - 1, MinWidth, MaxWidth) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Whether the user wants no colours: the variable <c>NO_COLOR</c> is set and not empty.</summary>
    public static bool IsPlain(Func<string, string?> environment) => !string.IsNullOrEmpty(environment("NO_COLOR"));

    /// <summary>Whether a terminal understands escape sequences. The terminals of Windows that do say so.</summary>
    public static bool HasColors(Func<string, string?> environment, bool isWindows) => environment("TERM") switch
    {
        "dumb" => false,
        null or "" => isWindows && (environment("WT_SESSION") ?? environment("TERM_PROGRAM")) is not null,
        _ => true,
    };
}
