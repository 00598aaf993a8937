using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Writes accepted traces as rows, on disk first where that is wanted, and keeps what waits within its bounds. On a thread of its own, which
/// nothing but the disk holds up.
/// </summary>
internal sealed class WritingLoop(
    Backlog backlog,
    RowWriter writer,
    OfflineBuffer? buffer,
    Disposition disposition,
    SendingLoop sending,
    PublishingContext context)
{
    // So that a burst is not one long stretch without anything being sent.
    private const int MaxWrittenAtOnce = 64;

    private volatile bool _writesAhead;

    /// <summary>Whether rows are put on disk before they are sent.</summary>
    public bool WritesAhead
    {
        get => _writesAhead;
        set => _writesAhead = value;
    }

    /// <summary>Completes when the backlog is closed and everything in it is written.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = DedicatedThread.Run(Run);

    private void Run()
    {
        context.Enter();
        while (backlog.WaitForTraces())
        {
            while (WriteSome())
            {
            }
        }

        backlog.EndWriting();
        sending.Wake();
    }

    /// <summary>Whether there was anything to write.</summary>
    private bool WriteSome()
    {
        var rows = new List<PendingRow>();
        var isAny = false;
        while (rows.Count < MaxWrittenAtOnce && backlog.TryTakeTrace(out var trace))
        {
            isAny = true;
            if (writer.Write(trace) is { } row)
            {
                rows.Add(row);
            }
            else
            {
                backlog.Settle(trace);
            }
        }

        if (!isAny)
        {
            return false;
        }

        if (WritesAhead)
        {
            buffer?.WriteAhead(rows);
        }

        if (backlog.Add(rows) is { Count: > 0 } overflow)
        {
            disposition.KeepOrDrop(overflow);
        }

        sending.Wake();
        return true;
    }
}
