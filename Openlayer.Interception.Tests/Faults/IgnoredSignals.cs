using System.Globalization;

namespace Openlayer.Interception.Tests.Faults;

/// <summary>
/// The signals that this test run ignores, and so does every process it starts: shells ignore SIGINT for background jobs, and nohup ignores
/// SIGHUP.
/// </summary>
internal static class IgnoredSignals
{
    private const string Field = "SigIgn:";

    /// <summary>Skips a test of a signal that this run ignores.</summary>
    /// <param name="signal">The name, such as <c>INT</c>.</param>
    public static void SkipTestOf(string signal) =>
        Assert.SkipWhen(Contains(signal), $"This test run ignores SIG{signal}, and so does every process it starts.");

    private static bool Contains(string signal)
    {
        var number = signal switch
        {
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            "TERM" => 15,
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Add its number."),
        };
        return OperatingSystem.IsLinux()
            && File.ReadLines("/proc/self/status").Single(static line => line.StartsWith(Field, StringComparison.Ordinal)) is { } line
            && (ulong.Parse(line[Field.Length..], NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) & (1UL << (number - 1))) != 0;
    }
}
