namespace Openlayer.Interception;

/// <summary>What the offline buffer holds at the moment.</summary>
/// <param name="Enabled">Whether <see cref="OfflineBufferOptions.Enabled"/> is set.</param>
/// <param name="Path">The folder.</param>
/// <param name="Count">How many rows wait in it to be sent.</param>
/// <param name="Bytes">How many bytes they take.</param>
/// <param name="Oldest">When the oldest of them was written; null where there is none.</param>
/// <param name="SetAside">How many files were set aside: those that could not be read, and rows that Openlayer refused.</param>
public sealed record BufferStatus(bool Enabled, string Path, int Count, long Bytes, DateTimeOffset? Oldest, int SetAside);
