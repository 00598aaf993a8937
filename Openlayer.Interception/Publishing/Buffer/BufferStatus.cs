namespace Openlayer.Interception;

/// <summary>The state of the offline buffer at one moment.</summary>
/// <param name="Enabled">Whether <see cref="OfflineBufferOptions.Enabled"/> is set.</param>
/// <param name="Path">The absolute path of the folder.</param>
/// <param name="Count">The number of rows that wait to be sent.</param>
/// <param name="Bytes">The total bytes of their files.</param>
/// <param name="Oldest">The time at which the oldest of them was written; null if no row waits.</param>
/// <param name="SetAside">The number of files that were set aside: unreadable files, and rows that Openlayer refused.</param>
public sealed record BufferStatus(bool Enabled, string Path, int Count, long Bytes, DateTimeOffset? Oldest, int SetAside);
