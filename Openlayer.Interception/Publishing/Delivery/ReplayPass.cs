using System.Text.Json;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A pass over the offline buffer: how far it has come, and who wants to know.</summary>
internal sealed class ReplayPass
{
    public Action<FlushFailure>? OnFailure { get; init; }

    public Action<JsonElement>? OnSent { get; init; }

    /// <summary>Whether whoever runs it has something better to do: asked before each request. Null: never.</summary>
    public Func<bool>? IsWantedElsewhere { get; init; }

    /// <summary>Whether another process or caller was at it: nothing was done.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Whether it ended early because it was wanted elsewhere.</summary>
    public bool IsInterrupted { get; set; }

    public int Sent { get; set; }

    public int Failed { get; set; }

    public int Unreadable { get; set; }

    public int Kept { get; set; }

    /// <summary>Why something was kept; null where nothing was.</summary>
    public SendOutcome? Outcome { get; set; }

    public BufferReplay Result => new(Sent, Failed, Unreadable, Kept);
}
