using System.Text.Json;
using Openlayer.Interception.Publishing.Buffer;
using Openlayer.Interception.Publishing.Delivery;

namespace Openlayer.Interception;

/// <summary>
/// The offline buffer of a tracer. All members work on the folder of <see cref="OfflineBufferOptions.Path"/>, also if
/// <see cref="OfflineBufferOptions.Enabled"/> or <see cref="OpenlayerOptions.SendToOpenlayer"/> is false. Rows of other applications in the
/// folder, which have another pipeline or host, are neither counted, sent, moved nor deleted. Thread-safe.
/// </summary>
public sealed class OpenlayerBuffer
{
    private readonly OfflineBuffer _folder;
    private readonly OpenlayerDelivery? _delivery;

    internal OpenlayerBuffer(OfflineBuffer folder, OpenlayerDelivery? delivery)
    {
        _folder = folder;
        _delivery = delivery;
    }

    /// <summary>Reads the folder.</summary>
    /// <param name="cancellationToken">Cancels the operation before it starts.</param>
    /// <returns>The number, size and age of the rows in the folder now.</returns>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public Task<BufferStatus> GetStatusAsync(CancellationToken cancellationToken = default) => Task.Run(_folder.GetStatus, cancellationToken);

    /// <summary>
    /// Sends the rows in the folder. Acknowledged rows are deleted, refused rows and unreadable files are set aside, and other rows stay. An
    /// enabled buffer does this by itself, at the start and when sending works again. Nothing is sent without an API key or if
    /// <see cref="OpenlayerOptions.SendToOpenlayer"/> is false: all rows are kept then.
    /// </summary>
    /// <param name="onSent">Called with each row that was acknowledged. Exceptions it throws are logged. Default: null.</param>
    /// <param name="onFailure">Called with each row that was refused, instead of <see cref="OpenlayerOptions.OnFlushFailure"/>. Default: null.</param>
    /// <param name="cancellationToken">Cancels the replay. Rows that are not acknowledged yet stay in the folder.</param>
    /// <returns>The number of rows that were sent, refused and kept, and of unreadable files.</returns>
    /// <exception cref="OperationCanceledException">The replay was cancelled.</exception>
    public async Task<BufferReplay> ReplayAsync(
        Action<JsonElement>? onSent = null,
        Action<FlushFailure>? onFailure = null,
        CancellationToken cancellationToken = default)
    {
        if (_delivery is not null)
        {
            return await _delivery.ReplayAsync(onFailure, onSent, cancellationToken).ConfigureAwait(false);
        }

        var status = await GetStatusAsync(cancellationToken).ConfigureAwait(false);
        return new BufferReplay(0, 0, 0, status.Count);
    }

    /// <summary>Deletes the rows in the folder and the files that were set aside, except rows that are being sent.</summary>
    /// <param name="cancellationToken">Cancels the operation before it starts.</param>
    /// <returns>The number of rows deleted.</returns>
    /// <exception cref="OperationCanceledException">The operation was cancelled.</exception>
    public Task<int> ClearAsync(CancellationToken cancellationToken = default) => Task.Run(_folder.Clear, cancellationToken);
}
