using System.Diagnostics;

namespace Openlayer.Interception.Options;

/// <summary>An immutable copy of <see cref="ActivityOptions"/>.</summary>
internal sealed class ActivitySettings(ActivityOptions options)
{
    public string[] Sources { get; } = [.. options.Sources.Select(static source => source.Trim())];

    public Func<ActivitySource, bool>? Select { get; } = options.Select;
}
