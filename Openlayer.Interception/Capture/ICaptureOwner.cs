namespace Openlayer.Interception.Capture;

/// <summary>The owner of captured values: how they are captured, and how many bytes they hold in all.</summary>
internal interface ICaptureOwner
{
    ValueCapture Capture { get; }

    /// <summary>Counts bytes that a value holds. Returns false if there is no room for it; the value must then be left out. Thread-safe.</summary>
    /// <param name="bytes">Negative when a value is replaced by a smaller one, or removed. There is always room for that.</param>
    bool TryAddBytes(long bytes);
}
