namespace Openlayer.Interception;

/// <summary>What <see cref="OpenlayerTracer.ReplayBufferedTracesAsync"/> did.</summary>
/// <param name="Sent">How many rows were acknowledged; their files are gone.</param>
/// <param name="Failed">How many rows were refused; their files are set aside.</param>
/// <param name="Unreadable">How many files were no rows; they are set aside.</param>
/// <param name="Kept">How many rows could not be sent now and stay where they are.</param>
public sealed record BufferReplay(int Sent, int Failed, int Unreadable, int Kept);
