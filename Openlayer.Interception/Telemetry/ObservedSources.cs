using System.Diagnostics;
using Openlayer.Interception.Diagnostics;
using Openlayer.Interception.Options;

namespace Openlayer.Interception.Telemetry;

/// <summary>The activity sources whose spans become steps. Thread-safe.</summary>
internal sealed class ObservedSources(ActivitySettings settings, InternalLog log)
{
    /// <summary>Whether no source can be one of them.</summary>
    public bool AreNone => settings is { Sources.Length: 0, Select: null };

    // A source is asked for once, by the runtime and then by each of its spans, so the answer is looked up by name.
    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> _known = new();

    public bool Contain(ActivitySource source) =>
        source.Name != StepTelemetry.SourceName && (_known.TryGetValue(source.Name, out var known) ? known : _known.GetOrAdd(source.Name, Matches(source)));

    private bool Matches(ActivitySource source) =>
        Array.Exists(settings.Sources, name => name.EndsWith('*')
            ? source.Name.StartsWith(name[..^1], StringComparison.OrdinalIgnoreCase)
            : name.Equals(source.Name, StringComparison.OrdinalIgnoreCase))
        || IsSelected(source);

    private bool IsSelected(ActivitySource source)
    {
        try
        {
            return settings.Select?.Invoke(source) == true;
        }
        catch (Exception exception)
        {
            log.Report(TelemetryEvents.SourceNotSelected, exception);
            return false;
        }
    }
}
