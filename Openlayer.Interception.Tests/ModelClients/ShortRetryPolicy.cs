using System.ClientModel.Primitives;

namespace Openlayer.Interception.Tests.ModelClients;

/// <summary>The OpenAI library's retries, without the delays between them.</summary>
public sealed class ShortRetryPolicy(int retries) : ClientRetryPolicy(retries)
{
    protected override TimeSpan GetNextDelay(PipelineMessage message, int tryCount) => TimeSpan.Zero;
}
