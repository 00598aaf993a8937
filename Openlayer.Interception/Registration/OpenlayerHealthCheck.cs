using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Openlayer.Interception.Registration;

/// <summary>Reports whether traces reach Openlayer.</summary>
internal sealed class OpenlayerHealthCheck(OpenlayerTracer tracer) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (tracer.Sink.Openlayer is not { } delivery)
        {
            return HealthCheckResult.Healthy("Sending to Openlayer is off.");
        }

        var buffer = await tracer.Buffer.GetStatusAsync(cancellationToken).ConfigureAwait(false);
        var status = delivery.GetStatus();
        var data = new Dictionary<string, object>
        {
            ["state"] = status.State,
            ["waiting"] = status.Waiting,
            ["buffered"] = buffer.Count,
            ["sent"] = status.Sent,
            ["failed"] = status.Failed,
            ["dropped"] = status.Dropped,
        };
        var problem = status.Problem ?? (buffer is { Enabled: true, Count: > 0 } ? $"{buffer.Count} rows wait in the offline buffer." : null);
        return problem is null
            ? HealthCheckResult.Healthy("Traces are sent.", data)
            : new HealthCheckResult(context.Registration.FailureStatus, problem, data: data);
    }
}
