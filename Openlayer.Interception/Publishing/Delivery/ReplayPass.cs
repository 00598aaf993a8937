using System.Text.Json;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>How far a pass over the offline buffer has come.</summary>
internal sealed class ReplayPass
{
    /// <summary>Whether another process or caller was at it.</summary>
    public bool IsBusy { get; init; }

    public Action<FlushFailure>? OnFailure { get; init; }

    public Action<JsonElement>? OnSent { get; init; }

    public int Sent { get; set; }

    public int Failed { get; set; }

    public int Unreadable { get; set; }

    public int Kept { get; set; }

    /// <summary>Why something was kept; null where nothing was.</summary>
    public SendOutcome? Outcome { get; set; }

    public BufferReplay Result => new(Sent, Failed, Unreadable, Kept);
}
