using Openlayer.Interception.Publishing.Attachments;
using Openlayer.Interception.Publishing.Buffer;

namespace Openlayer.Interception.Publishing.Delivery;

/// <summary>
/// Writes accepted traces as rows, to disk first with <see cref="WritesAhead"/>, and keeps the queue within its bounds. On a thread of its own,
/// which only the disk blocks.
/// </summary>
internal sealed class WritingLoop(
    DeliveryQueue queue,
    RowWriter writer,
    OfflineBuffer? buffer,
    OutcomeHandler outcomes,
    Sender sender,
    AttachmentUploads uploads,
    PublishingContext context)
{
    // Of a burst, the first rows are sent while the others are written; and few large rows are outside of the queue's bounds.
    private const int MaxRowsAtOnce = 64;
    private const long MaxBytesAtOnce = 1024 * 1024;

    private volatile bool _writesAhead;

    /// <summary>Whether rows are written to disk before they are sent.</summary>
    public bool WritesAhead
    {
        get => _writesAhead;
        set => _writesAhead = value;
    }

    /// <summary>Completes when the queue is closed and every accepted trace is written.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    public void Start() => Completion = DedicatedThread.Run(Run);

    private void Run()
    {
        context.Enter();
        while (queue.WaitForTraces())
        {
            while (WriteSome())
            {
            }
        }

        queue.EndWriting();
        sender.Wake();
    }

    /// <summary>Writes some of the traces that wait.</summary>
    /// <returns>Whether there were any.</returns>
    private bool WriteSome()
    {
        var rows = new List<PendingRow>();
        var traces = new List<AcceptedTrace>();
        var isAny = false;
        long bytes = 0;
        while (rows.Count < MaxRowsAtOnce && bytes < MaxBytesAtOnce)
        {
            // Several at a time, because each time locks out the calls that complete traces.
            traces.Clear();
            queue.TakeTraces(traces, MaxRowsAtOnce - rows.Count, MaxBytesAtOnce - bytes);
            if (traces.Count == 0)
            {
                break;
            }

            isAny = true;
            foreach (var trace in traces)
            {
                if (writer.Write(trace) is { } row)
                {
                    rows.Add(row);
                    bytes += row.Json.Length;
                }
                else
                {
                    queue.Settle(trace);
                }
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

        var overflow = queue.Add(rows);
        foreach (var row in rows)
        {
            if (row.IsUploading && !overflow.Contains(row))
            {
                uploads.Start(row, sender.Wake);
            }
        }

        if (overflow.Count > 0)
        {
            outcomes.KeepOrDrop(overflow);
        }

        sender.Wake();
        return true;
    }
}
