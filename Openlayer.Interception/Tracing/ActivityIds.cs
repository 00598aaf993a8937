using System.Diagnostics;

namespace Openlayer.Interception.Tracing;

/// <summary>The W3C ids of the activity that a trace's root was opened in.</summary>
/// <param name="TraceId">The id of the distributed trace.</param>
/// <param name="SpanId">The id of the activity.</param>
/// <param name="RemoteParentSpanId">The id of the span of another process that the activity continues. Null if it continues none.</param>
internal sealed record ActivityIds(string TraceId, string SpanId, string? RemoteParentSpanId)
{
    /// <summary>The ids of the current activity. Null if there is none, or its ids have another format.</summary>
    public static ActivityIds? OfCurrent() => Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity
        ? new(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), activity.Parent is null && activity.ParentSpanId != default ? activity.ParentSpanId.ToHexString() : null)
        : null;
}
