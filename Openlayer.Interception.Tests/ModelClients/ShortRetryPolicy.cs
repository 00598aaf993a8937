using System.ClientModel.Primitives;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The retries of OpenAI's library, without the waits between them.</summary>
public sealed class ShortRetryPolicy(int retries) : ClientRetryPolicy(retries)
{
    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => TimeSpan.Zero;
}
