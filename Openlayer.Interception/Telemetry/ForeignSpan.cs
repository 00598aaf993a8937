using System.Diagnostics;

namespace Openlayer.Interception.Telemetry;

/// <summary>The span that another library has opened for a request to a model, such as <c>UseOpenTelemetry</c> of Microsoft.Extensions.AI.</summary>
internal static class ForeignSpan
{
    private const string Claimed = "Openlayer.Interception.Claimed";

    private static readonly string[] Operations = ["chat", "text_completion", "generate_content", "embeddings"];

    /// <summary>
    /// Assigns the current span to a request, if another library opened it for a request. Null if there is none, or it has its request: a
    /// loop that makes several requests has one span.
    /// </summary>
    public static Activity? Claim(Activity? current, ActivitySource own)
    {
        if (current is not { Recorded: true }
            || ReferenceEquals(current.Source, own)
            || current.GetTagItem(SpanAttributes.Operation) is not string operation
            || Array.IndexOf(Operations, operation) < 0
            || current.GetCustomProperty(Claimed) is not null)
        {
            return null;
        }

        current.SetCustomProperty(Claimed, Claimed);
        return current;
    }
}
