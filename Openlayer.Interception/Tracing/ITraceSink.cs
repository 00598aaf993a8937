using System.Text.Json;

namespace Openlayer.Interception.Tracing;

/// <summary>Where the tracer puts completed traces. Accepting one returns at once, whatever happens behind.</summary>
internal interface ITraceSink : IAsyncDisposable
{
    void Accept(OpenlayerTrace trace);

    /// <summary>Completes when every trace accepted before the call has been handed to every publisher.</summary>
    Task FlushAsync(CancellationToken cancellationToken);

    Task<BufferReplay> ReplayAsync(Action<FlushFailure>? onFailure, Action<JsonElement>? onSent, CancellationToken cancellationToken);

    BufferStatus GetBufferStatus();

    int ClearBuffer();
}
