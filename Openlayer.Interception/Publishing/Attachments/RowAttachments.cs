using Openlayer.Interception.Capture.Attachments;

namespace Openlayer.Interception.Publishing.Attachments;

/// <summary>The attachments of a row that are not uploaded. Immutable.</summary>
/// <param name="Json">The row as it is buffered: with what is uploaded, and without notes about what is not, because that is tried again.</param>
/// <param name="Waiting">The attachments.</param>
internal sealed record RowAttachments(ReadOnlyMemory<byte> Json, IReadOnlyList<RowAttachment> Waiting)
{
    /// <summary>Whether the row waits for them no longer.</summary>
    public bool IsOver { get; init; }

    /// <summary>The attachments of a row. Null if it has none.</summary>
    public static RowAttachments? Of(ReadOnlyMemory<byte> json, HeldAttachment[] held) =>
        held.Length == 0 ? null : new RowAttachments(json, Array.ConvertAll(held, static attachment => new RowAttachment(attachment)));

    /// <summary>The row to send, and what remains of the attachments: null if all of them are uploaded.</summary>
    /// <param name="results">The outcome of each of <see cref="Waiting"/>.</param>
    public (ReadOnlyMemory<byte> Json, RowAttachments? Left) With(UploadResult[] results)
    {
        var byId = new Dictionary<string, UploadResult>(StringComparer.Ordinal);
        var rest = new List<RowAttachment>();
        for (var index = 0; index < results.Length; index++)
        {
            byId[Waiting[index].Id] = results[index];
            if (results[index].StorageUri is null)
            {
                rest.Add(Waiting[index]);
            }
        }

        var sent = RowPatch.Apply(Json, byId);
        if (rest.Count == 0)
        {
            return (sent, null);
        }

        var uploaded = byId.Where(static result => result.Value.StorageUri is not null).ToDictionary(StringComparer.Ordinal);
        var buffered = uploaded.Count == 0 ? Json : RowPatch.Apply(Json, uploaded);
        return (sent, new RowAttachments(buffered, rest) { IsOver = true });
    }
}
