using System.Text.Json;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>A pass over the offline buffer: its progress, and the callbacks of its caller.</summary>
internal sealed class ReplayPass
{
    public Action<FlushFailure>? OnFailure { get; init; }

    public Action<JsonElement>? OnSent { get; init; }

    /// <summary>Whether fresh rows are due: asked before each request. Null for a manual replay, which is not interrupted.</summary>
    public Func<bool>? IsWantedElsewhere { get; init; }

    /// <summary>Whether another process or caller runs a pass: nothing was done.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Whether it ended early because fresh rows are due.</summary>
    public bool IsInterrupted { get; set; }

    public int Sent { get; set; }

    public int Failed { get; set; }

    public int Unreadable { get; set; }

    public int Kept { get; set; }

    /// <summary>Why rows were kept. Null if none were.</summary>
    public SendOutcome? Outcome { get; set; }

    /// <summary>Whether <see cref="Outcome"/> is that of rows that the server had failed at before: it may be the rows' fault.</summary>
    public bool IsRowSuspected { get; set; }

    /// <summary>Whether the sender runs it, between other requests.</summary>
    public bool IsBackground => IsWantedElsewhere is not null;

    /// <summary>Whether nothing more is sent in this pass. A wrong pipeline ends it for its own rows only.</summary>
    public bool IsOver => Outcome is { Result: not SendResult.Misconfigured };

    public BufferReplay Result => new(Sent, Failed, Unreadable, Kept);
}
