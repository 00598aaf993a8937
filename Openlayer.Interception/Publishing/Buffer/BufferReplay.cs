namespace Openlayer.Interception;

/// <summary>The result of <see cref="OpenlayerBuffer.ReplayAsync"/>.</summary>
/// <param name="Sent">The number of rows that were acknowledged and deleted.</param>
/// <param name="Failed">The number of rows that were refused and set aside.</param>
/// <param name="Unreadable">The number of unreadable files that were set aside.</param>
/// <param name="Kept">The number of rows that were not sent and stay in the buffer.</param>
public sealed record BufferReplay(int Sent, int Failed, int Unreadable, int Kept);
