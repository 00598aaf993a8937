namespace Openlayer.Interception;

/// <summary>The state of the offline buffer at one moment. Rows of other applications in the folder are not counted.</summary>
/// <param name="Enabled">Whether <see cref="OfflineBufferOptions.Enabled"/> is set.</param>
/// <param name="Path">The absolute path of the folder.</param>
/// <param name="Count">The number of rows waiting to be sent.</param>
/// <param name="Bytes">The total size of their files, in bytes.</param>
/// <param name="Oldest">The time at which the oldest waiting row was written. Null if no row is waiting.</param>
/// <param name="SetAside">The number of files that were set aside: unreadable files, and the application's rows that Openlayer refused.</param>
public sealed record BufferStatus(bool Enabled, string Path, int Count, long Bytes, DateTimeOffset? Oldest, int SetAside);
