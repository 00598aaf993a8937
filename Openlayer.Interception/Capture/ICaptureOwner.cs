namespace Openlayer.Interception.Capture;

/// <summary>The owner of captured values: how they are captured, and how many bytes they hold in all.</summary>
internal interface ICaptureOwner
{
    ValueCapture Capture { get; }

    /// <summary>Adds to the estimate of the bytes held. Thread-safe.</summary>
    /// <param name="bytes">Negative when a value is replaced by a smaller one, or removed.</param>
    void AddEstimatedBytes(long bytes);
}
