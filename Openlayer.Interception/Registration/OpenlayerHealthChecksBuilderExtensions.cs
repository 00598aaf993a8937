using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Openlayer.Interception.Registration;

namespace Openlayer.Interception;

/// <summary>Registers the health check of Openlayer.</summary>
public static class OpenlayerHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check that is healthy while traces are sent, and degraded while sending fails or rows wait in the offline buffer or for more than
    /// half of the queue. Its data are <c>state</c>, <c>waiting</c>, <c>buffered</c>, <c>sent</c>, <c>failed</c> and <c>dropped</c>.
    /// </summary>
    /// <param name="builder">The health checks of a container that has Openlayer.</param>
    /// <param name="name">The name of the check. Default: <c>openlayer</c>.</param>
    /// <param name="failureStatus">The status reported instead of degraded. Default: null, which means degraded.</param>
    /// <param name="tags">The tags of the check. Default: none.</param>
    /// <returns>The health checks.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="builder"/> or <paramref name="name"/> is null.</exception>
    public static IHealthChecksBuilder AddOpenlayer(
        this IHealthChecksBuilder builder,
        string name = "openlayer",
        HealthStatus? failureStatus = null,
        IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(
            name,
            static services => ActivatorUtilities.GetServiceOrCreateInstance<OpenlayerHealthCheck>(services),
            failureStatus ?? HealthStatus.Degraded,
            tags));
    }
}
