using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Openlayer.Interception.Tracing;

/// <summary>The W3C ids under which the services that take part in a request know a trace.</summary>
/// <param name="TraceId">The id of the distributed trace.</param>
/// <param name="SpanId">The id of the activity that the root was opened in. Null if there was none: then it is made of the root step's id.</param>
/// <param name="RemoteParentSpanId">The span of the caller that the request continues. Null if it continues none.</param>
internal sealed record ActivityIds(string TraceId, string? SpanId, string? RemoteParentSpanId)
{
    private const int SpanIdLength = 16;

    /// <summary>The ids of a new trace. Null if there is no W3C activity, and the calling code continues from nowhere.</summary>
    /// <param name="continued">The span that the calling code continues from. An activity that runs is nearer.</param>
    public static ActivityIds? OfCurrent(in ActivityContext continued)
    {
        var isContinued = continued.TraceId != default;
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity && !(activity.IsStopped && isContinued))
        {
            return new(activity.TraceId.ToHexString(), activity.SpanId.ToHexString(), RemoteParentOf(activity));
        }

        return isContinued ? new(continued.TraceId.ToHexString(), SpanId: null, continued.SpanId.ToHexString()) : null;
    }

    /// <summary>The ids of a trace outside any activity. They are made of its root step's id.</summary>
    public static ActivityIds OfRoot(string stepId) => new(Digits(stepId), SpanId: null, RemoteParentSpanId: null);

    /// <summary>The last 8 bytes of a step's UUID, which are never all zero, because of the UUID's variant; of another id, of its hash.</summary>
    public static string SpanIdOf(string stepId) => Digits(stepId)[SpanIdLength..];

    // A step that is recorded from data can have any id.
    private static string Digits(string id) => Guid.TryParse(id, out var uuid)
        ? uuid.ToString("N")
        : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, SpanIdLength)).ToLowerInvariant();

    // The service's own activities lie between the caller's span and the root.
    private static string? RemoteParentOf(Activity activity)
    {
        while (activity.Parent is { } parent)
        {
            activity = parent;
        }

        return activity.ParentSpanId == default ? null : activity.ParentSpanId.ToHexString();
    }
}
